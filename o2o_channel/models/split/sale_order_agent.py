from odoo import models
from odoo.exceptions import UserError


class SaleOrder(models.Model):
    """Orders that the delivering dealer sells, headquarters only takes its fee (case GC)."""

    _inherit = "sale.order"

    def _o2o_is_agent(self):
        return self.o2o_accounting_mode == "agent"

    def _o2o_check_confirm(self):
        """Override of the order room: refuse what can't be booked for a dealer's sale."""
        for order in self.filtered(lambda order: order._o2o_is_agent()):
            reason = order._o2o_agent_obstacle()
            if reason:
                raise UserError(
                    self.env._(
                        "Order %(order)s: channel %(channel)s is set to Dealer Sells (Net). "
                        "%(reason)s Put that right, or take the order in a channel whose "
                        "Accounting Mode is HQ Sells (Gross).",
                        order=order.name,
                        channel=order.o2o_channel_id.display_name,
                        reason=reason,
                    )
                )
        return super()._o2o_check_confirm()

    def _o2o_agent_obstacle(self):
        """Return why this order can't be a dealer's sale, or nothing."""
        self.ensure_one()
        if self.currency_id != self.company_id.currency_id:
            return self.env._(
                "A dealer's sale in %(currency)s can't be booked.",
                currency=self.currency_id.name,
            )
        others = self.order_line.filtered(
            lambda line: (
                not line.display_type
                and not line._is_discount_line()
                and (line.product_id.type != "consu" or line.product_uom_qty <= 0)
            )
        )
        if others:
            return self.env._(
                "Line %(line)s isn't goods that a dealer delivers, so nobody would sell it.",
                line=others[0].name,
            )
        # sudo: whoever confirms needn't see the accounting set-up
        if not self.company_id.sudo()._o2o_is_agent_ready():
            return self.env._(
                "%(company)s has no clearing account, split journal or account of platform "
                "fees: see the settings of O2O Channel.",
                company=self.company_id.display_name,
            )
        return ""

    def _o2o_reconcile_consumer(self):
        """Settle what was given back to a consumer with what it still owes, per order."""
        for order in self:
            lines = order.o2o_clearing_line_ids.filtered(
                lambda line: line.kind == "receipt"
            )
            items = lines.move_id._o2o_receivable_items().filtered(
                lambda item: not item.reconciled
            )
            for own in items.grouped(
                lambda item: (item.account_id, item.partner_id)
            ).values():
                if len({item.balance > 0 for item in own}) > 1:
                    own.reconcile()

    def _create_invoices(self, grouped=False, final=False, date=None):
        """Override of sale: the dealer invoices its consumer, not headquarters."""
        self._o2o_check_principal()
        return super()._create_invoices(grouped=grouped, final=final, date=date)

    def _o2o_check_principal(self):
        """Refuse to invoice the first of these orders that a dealer sells."""
        # sudo: an invoicing clerk needn't be allowed to see the terms
        for order in self.sudo().filtered(lambda order: order._o2o_is_agent()):
            raise UserError(
                self.env._(
                    "Order %(order)s is sold by the dealer that delivers it: the dealer "
                    "invoices the consumer. Headquarters books the money it received and its "
                    "fee when the goods are delivered.",
                    order=order.name,
                )
            )
