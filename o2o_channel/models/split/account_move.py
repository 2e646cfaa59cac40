from odoo import fields, models

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

    def action_view_o2o_split(self):
        """Open the split table behind the entries."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {
            "domain": [("move_id", "in", self.ids)],
            "context": {"create": False},
        }
