from odoo import fields, models


class SaleOrderLine(models.Model):
    """A channel's line keeps its price and leaves procurement to the routing."""

    _inherit = "sale.order.line"

    o2o_external_line = fields.Char(
        string="Line in the Channel",
        copy=False,
        readonly=True,
        help="The line's number in the shop. Its price is the shop's and stays.",
    )

    def _o2o_price_is_given(self):
        """Whether the price was agreed outside, and no price list may change it."""
        self.ensure_one()
        return bool(self.o2o_external_line)

    def _o2o_own_price(self):
        return self.filtered(lambda line: not line._o2o_price_is_given())

    def _compute_price_unit(self):
        """Override of sale: an agreed price stays, one of 0.00 too."""
        return super(SaleOrderLine, self._o2o_own_price())._compute_price_unit()

    def _compute_discount(self):
        """Override of sale: an agreed price isn't discounted again."""
        return super(SaleOrderLine, self._o2o_own_price())._compute_discount()

    def _action_launch_stock_rule(self, **kwargs):
        """Override of sale_stock: the legs of a channel's order procure its goods.

        Lines added or changed after the order was sold are routed like the rest.
        """
        routed = self.filtered("order_id.o2o_channel_id")
        result = super(SaleOrderLine, self - routed)._action_launch_stock_rule(**kwargs)
        routed.order_id.filtered(
            lambda o: o.o2o_route_state != "none"
        )._o2o_after_confirm()
        return result
