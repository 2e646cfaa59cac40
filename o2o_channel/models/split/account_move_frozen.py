from odoo import api, fields, models
from odoo.exceptions import UserError

from .o2o_split_line import INTERNAL

# What a posted split entry says. Reconciliation, analytics, notes and checks may go on.
FROZEN_MOVE_FIELDS = frozenset(
    "date journal_id company_id currency_id move_type name ref partner_id state line_ids"
    " invoice_line_ids journal_line_ids o2o_original_date o2o_booked_for".split()
)
FROZEN_ITEM_FIELDS = frozenset(
    "move_id account_id partner_id name date debit credit balance amount_currency"
    " currency_id tax_ids tax_line_id tax_tag_ids display_type".split()
)


class AccountMove(models.Model):
    """A posted split entry stays as it is, for everybody and by every way in.

    Odoo lets an accountant reset an entry to draft unless the journal is hashed. The split
    lines point at its items for good, so ours stay with or without a hash: a mistake is
    corrected by the delivery, return or credit note, which posts a further entry.
    """

    _inherit = "account.move"

    o2o_booked_for = fields.Selection(
        [("claim", "Claim"), ("deposit", "Deposit")],
        string="Booked For",
        groups="base.group_user",
        readonly=True,
        copy=False,
        help="An entry that the sales channel booked for something else than shares.",
    )

    def write(self, vals):
        """Override of account: refuse what would change a posted split entry."""
        if FROZEN_MOVE_FIELDS & vals.keys():
            self._o2o_check_no_split_entry()
        return super().write(vals)

    def button_draft(self):
        """Override of account: split entries are never reset."""
        self._o2o_check_no_split_entry()
        return super().button_draft()

    def button_cancel(self):
        """Override of account: split entries are never cancelled."""
        self._o2o_check_no_split_entry()
        return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of account: a reversal by hand would part the books from the shares."""
        self._o2o_check_no_split_entry(reversing=True)
        return super()._reverse_moves(default_values_list, cancel)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_split_entry(self):
        self._o2o_check_no_split_entry()

    def _o2o_check_no_split_entry(self, reversing=False):
        """Raise for the first posted entry among these that carries shares.

        :param reversing: a deposit's entry may be reversed: it says what happened, and what
            is held is read from the books
        """
        entries = self.filtered(
            lambda move: move.move_type == "entry" and move.state == "posted"
        )
        if not entries:
            return
        # sudo: whoever may write entries needn't be allowed to see who earns what
        shares = self.env["o2o.split.line"].sudo()
        found = shares.search([("move_id", "in", entries.ids)], limit=1).move_id
        if found:
            raise UserError(
                self.env._(
                    "%(move)s holds shares and stays as it is. Correct the delivery, return "
                    "or credit note: the split posts the difference.",
                    move=found.display_name,
                )
            )
        lines = self.env["o2o.clearing.line"].sudo()
        found = lines.search([("move_id", "in", entries.ids)], limit=1)
        if found:
            raise UserError(
                self.env._(
                    "%(move)s holds the clearing line %(line)s and stays as it is. Correct "
                    "what it was booked for: a further line takes it back.",
                    move=found.move_id.display_name,
                    line=found.name,
                )
            )
        if collected := entries.filtered("o2o_collected_invoice_id")[:1]:
            raise UserError(
                self.env._(
                    "%(move)s says what was collected of %(document)s and stays as it is. "
                    "Correct that document: a further entry follows.",
                    move=collected.display_name,
                    document=collected.o2o_collected_invoice_id.display_name,
                )
            )

        self._o2o_check_not_booked_for(entries, reversing)

    def _o2o_check_not_booked_for(self, entries, reversing):
        if self.env.context.get("o2o_reversing") is INTERNAL:
            return
        # sudo: the field is hidden from the portal, whose users may confirm a statement
        booked = entries.sudo().filtered("o2o_booked_for")
        if reversing:
            booked = booked.filtered(lambda move: move.o2o_booked_for == "claim")
        for move in booked[:1]:
            what = dict(move._fields["o2o_booked_for"]._description_selection(self.env))
            raise UserError(
                self.env._(
                    "%(move)s was booked for a %(what)s and stays as it is. Cancel the claim, "
                    "or book the deposit's movement back.",
                    move=move.display_name,
                    what=what[move.o2o_booked_for],
                )
            )


class AccountMoveLine(models.Model):
    """The items of a posted split entry stay as they are."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of account: nothing is added to a posted split entry."""
        self.env["account.move"].browse(
            {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        )._o2o_check_no_split_entry()
        return super().create(vals_list)

    def write(self, vals):
        """Override of account: refuse what would change an item of a split entry."""
        frozen = FROZEN_ITEM_FIELDS & vals.keys()
        if frozen and not self._o2o_keeps_partner(frozen, vals):
            self.move_id._o2o_check_no_split_entry()
        return super().write(vals)

    def _o2o_keeps_partner(self, frozen, vals):
        """Tell whether only the partner is written, and it is the same: Odoo does so for all
        items of a contact whose parent is entered."""
        return frozen == {"partner_id"} and all(
            item.partner_id.id == vals["partner_id"] for item in self
        )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_split_entry(self):
        self.move_id._o2o_check_no_split_entry()
