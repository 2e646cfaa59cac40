from odoo import models


class AccountMove(models.Model):
    """Headquarters' books have no invoice of what a dealer sells."""

    _inherit = "account.move"

    def _post(self, soft=True):
        """Override of account: refuse an invoice, however made, of a dealer's sale."""
        documents = self.filtered(
            lambda move: move.move_type in ("out_invoice", "out_refund")
        )
        # sudo: an invoicing clerk needn't be allowed to see orders
        documents.sudo().invoice_line_ids.sale_line_ids.order_id._o2o_check_principal()
        return super()._post(soft=soft)
