from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL


class AccountMove(models.Model):
    _inherit = "account.move"

    o2o_settlement_id = fields.Many2one(
        "o2o.settlement",
        string="Settlement Statement",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        help="The statement this bill or withholding entry was made from.",
    )

    def _post(self, soft=True):
        """Override of account: a statement's document must say what its statement says; once
        posted it is reconciled with the split items it pays."""
        drafts = self.filtered(
            lambda move: move.state == "draft" and move._o2o_is_statement_document()
        )
        if drafts:  # the check flushes everything: not for others' entries
            drafts.o2o_settlement_id._check_document()
        for move in drafts:
            date = move.company_id._o2o_first_open_bill_date(move.date)
            if date != move.date:  # the month was closed while the bill lay as a draft
                move.write(
                    {
                        "date": date,
                        "o2o_original_date": move.o2o_original_date or move.date,
                    }
                )
        posted = super()._post(soft=soft)
        # The dealer who confirms, or an accountant without channel rights who posts the bill:
        # the statement follows in either case.
        (drafts & posted).o2o_settlement_id.sudo()._settle()
        return posted

    def _o2o_is_statement_document(self):
        """Tell whether this is the bill or withholding entry of a statement."""
        # sudo: an accountant without channel rights may post the bill
        statement = self.sudo().o2o_settlement_id
        return self in (statement.bill_id | statement.move_id)

    def button_draft(self):
        """Override of account: a statement's posted document stays."""
        self._check_no_statement()
        return super().button_draft()

    def button_cancel(self):
        """Override of account: a statement's document stays, posted or not."""
        self._check_no_statement()
        return super().button_cancel()

    def _reverse_moves(self, default_values_list=None, cancel=False):
        """Override of account: a credit note by hand would part clearing from the shares."""
        self._check_no_statement()
        return super()._reverse_moves(default_values_list, cancel)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_statement(self):
        self._check_no_statement()

    def _check_no_statement(self):
        for move in self:
            if move.o2o_settlement_id:
                raise UserError(
                    self.env._(
                        "%(move)s is the document of statement %(name)s and stays as it is. "
                        "A correction goes onto the next statement.",
                        move=move.display_name,
                        name=move.o2o_settlement_id.name,
                    )
                )

    def action_view_o2o_settlement(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.settlement",
            "view_mode": "form",
            "res_id": self.o2o_settlement_id.id,
        }

    def _o2o_note_vendors(self):
        """Count posted documents for their vendors, as `_post` does for those it posts."""
        counts = {}
        for move in self:
            partners = move.partner_id
            if move.move_type == "entry":
                partners = move.line_ids.filtered(
                    lambda item: item.account_id.account_type == "liability_payable"
                ).partner_id
            for partner in partners | partners.commercial_partner_id:
                counts[partner] = counts.get(partner, 0) + 1
        first = [
            (partner.id, n)
            for partner, n in counts.items()
            if not partner.supplier_rank
        ]
        if first:  # Odoo counts later ones after the commit
            self.env.cr.execute(
                SQL(
                    """UPDATE res_partner p
                          SET supplier_rank = v.n, write_uid = %s, write_date = %s
                         FROM unnest(%s, %s) AS v (id, n) WHERE p.id = v.id""",
                    self.env.uid,
                    self.env.cr.now(),
                    [partner_id for partner_id, _n in first],
                    [n for _id, n in first],
                )
            )
        for partner, n in counts.items():
            if partner.supplier_rank:
                partner._increase_rank("supplier_rank", n)
        self.env["res.partner"].invalidate_model(["supplier_rank"], flush=False)

    # === Payouts ===
    def _o2o_is_payout(self):
        """Tell whether this entry is money going out: a payment or a bank statement line."""
        return bool(
            self.origin_payment_id
            or self.statement_line_id
            or self.journal_id.type in ("bank", "cash", "credit")
        )

    def _o2o_check_payout(self, journal):
        """Raise when a document of a statement among these must not be paid yet."""
        # sudo: who pays bills need not have a right on statements
        statements = self.sudo().o2o_settlement_id
        statements._check_payable()
        channels = self.env["o2o.payout.channel"]._of_journal(journal)
        channels._check_statements(statements)
