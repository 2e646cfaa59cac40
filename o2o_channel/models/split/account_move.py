from odoo import fields, models
from odoo.tools import SQL

from .o2o_split_role import SPLIT_READERS
from .sale_order_line import SplitEvent


class AccountMove(models.Model):
    """Credit notes take shares back, whichever way they were made."""

    _inherit = "account.move"

    o2o_original_date = fields.Date(
        string="Happened On",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="The day of the event in the company's time zone. The entry is dated later when that day was locked.",
    )
    o2o_split_line_ids = fields.One2many(
        "o2o.split.line",
        "move_id",
        string="Split Lines",
        readonly=True,
        groups=SPLIT_READERS,
    )

    def _post(self, soft=True):
        """Override of account: posted credit notes are told from price cuts, then split."""
        posted = super()._post(soft=soft)
        posted._o2o_split_documents()
        return posted

    def button_draft(self):
        """Override of account: a credit note that is taken back gives its shares back."""
        result = super().button_draft()
        self._o2o_split_documents()
        return result

    def button_cancel(self):
        """Override of account: as for `button_draft`."""
        result = super().button_cancel()
        self._o2o_split_documents()
        return result

    def _o2o_split_documents(self):
        """Converge the split of order lines whose invoices or credit notes have changed."""
        documents = self.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        # sudo: an invoicing clerk needn't be allowed to see orders or shares
        for document in documents.sudo():
            items = document.invoice_line_ids.filtered("sale_line_ids")
            lines = items.sale_line_ids.filtered("order_id.o2o_channel_id")
            if not lines:
                continue
            if document.move_type == "out_refund":
                if document.state == "posted":
                    items._o2o_find_credit_units()
                else:
                    items.o2o_credit_units = 0.0
            lines = lines.filtered("o2o_split_postings")
            day = document.invoice_date or document.date
            for leg, own in lines.grouped(lambda line: line._o2o_last_leg()).items():
                own._o2o_converge_split(SplitEvent(day, leg))

    def _o2o_link_corrected(self):
        """Link entries that only take shares back to the one entry that they correct.

        An entry that corrects several, or that holds a whole day, has no such link: there
        each split line knows what it corrects (`corrected_move_id`).
        """
        self.flush_model(["reversed_entry_id"])
        self.env["o2o.split.line"].flush_model(["move_id"])
        self.env.cr.execute(
            SQL(
                """UPDATE account_move m SET reversed_entry_id = c.corrected
                     FROM (SELECT l.move_id, MIN(d.move_id) AS corrected
                             FROM o2o_split_line l
                             LEFT JOIN o2o_split_line d
                                    ON d.order_line_id = l.order_line_id AND d.kind = 'delivery'
                                   AND d.dispatch_id IS NOT DISTINCT FROM l.dispatch_id
                                   AND d.partner_id = l.partner_id AND d.move_id IS NOT NULL
                            WHERE l.move_id = ANY(%s)
                            GROUP BY l.move_id
                           HAVING BOOL_AND(l.kind = 'reversal')
                              AND COUNT(DISTINCT d.move_id) = 1) c
                    WHERE m.id = c.move_id AND m.id != c.corrected""",
                self.ids,
            )
        )
        self.invalidate_recordset(["reversed_entry_id"])
        self.env["account.move"].invalidate_model(["reversal_move_ids"])

    def action_view_o2o_split(self):
        """Open the split table behind the entries."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {
            "domain": [("move_id", "in", self.ids)],
            "context": {"create": False},
        }
