from odoo import fields, models

from ..routing.o2o_dispatch import ENDED_STATES


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_answer(self):
        """What the API says of the order: its state and its legs."""
        self.ensure_one()
        legs = self.dispatch_ids.filtered(lambda leg: leg.state not in ENDED_STATES)
        return {
            "order": self.name,
            "state": self.state,
            "routing": self.o2o_route_state,
            "legs": [leg._o2o_answer() for leg in legs.sorted("id")],
        }


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    o2o_discount = fields.Monetary(
        string="Discount Agreed",
        copy=False,
        readonly=True,
        help="Amount off the whole line, tax included, that the shop granted. It is "
        "already in the unit price, so that the line's total is exact.",
    )
