from odoo import api, fields, models
from odoo.exceptions import UserError

from .sale_order_line import SplitEvent


class SaleOrder(models.Model):
    """Who does the services of an order."""

    _inherit = "sale.order"

    o2o_crew_id = fields.Many2one(
        "res.partner",
        string="Service Crew",
        index="btree_not_null",
        copy=False,
        groups="base.group_user",
        help="Who delivers, installs or repairs; gets the crew's share. May be named until "
        "the first share is posted.",
    )

    def write(self, vals):
        """Override: the crew of lines that nothing is posted of yet follows the order."""
        if "o2o_crew_id" in vals:
            # sudo: who names the crew needn't be allowed to see shares
            split = self.sudo().order_line.filtered("o2o_split_postings")
            if split:
                raise UserError(
                    self.env._(
                        "Order %(order)s: shares are posted already, the crew can't be "
                        "changed any more.",
                        order=split[0].order_id.name,
                    )
                )
        result = super().write(vals)
        if "o2o_crew_id" in vals:
            # frozen by the rule; of parties there may be none yet
            for line in self.sudo().order_line.filtered("o2o_split_rule_id"):
                crew = {"crew": line.order_id.o2o_crew_id.id}
                others = dict(line.o2o_split_parties or {})
                others.pop("crew", None)
                line.o2o_split_parties = others | (crew if crew["crew"] else {})
        return result

    def _o2o_last_leg(self):
        """Return the leg that was delivered last."""
        legs = self.dispatch_ids.filtered("delivered_at")
        return legs.sorted(lambda leg: (leg.delivered_at, leg.id))[-1:]


class SaleOrderLine(models.Model):
    """Services have no leg: they are split once they are done.

    Done is what somebody entered as delivered on the line; without that a service goes with
    the goods of its order, the whole of it once all of them were delivered. A service that
    was done isn't undone by goods that come back: only a credit note takes its shares back.
    """

    _inherit = "sale.order.line"

    o2o_floor_price = fields.Monetary(
        string="Floor Price",
        compute="_compute_o2o_floor_price",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
        help="Per unit, as the price is entered: what is above it is the spread that rules may "
        "share out. 0: none.",
    )

    @api.depends("product_id")
    def _compute_o2o_floor_price(self):
        for line in self:
            line.o2o_floor_price = line.product_id.o2o_floor_price

    def write(self, vals):
        """Override of sale: a service that is told to be done is split."""
        if "o2o_floor_price" in vals and any(
            line.order_id.o2o_channel_id and line.state == "sale" for line in self
        ):
            raise UserError(
                self.env._("The floor price of a confirmed order can't be changed.")
            )
        result = super().write(vals)
        if "qty_delivered" in vals:
            # sudo: who enters what is done needn't be allowed to see shares
            done = self.sudo().filtered(lambda line: line._o2o_is_service())
            for order, lines in done.grouped("order_id").items():
                if order.o2o_channel_id and order.state == "sale":
                    day = order.company_id._o2o_today()
                    lines._o2o_converge_split(SplitEvent(day, order._o2o_last_leg()))
        return result

    def _o2o_is_service(self):
        self.ensure_one()
        return (
            self.product_id.type == "service"
            and not self.display_type
            and not self._is_discount_line()
        )

    def _o2o_service_units(self):
        """Return how many units of this service are done."""
        self.ensure_one()
        if self.qty_delivered:
            return self.qty_delivered
        goods = self.order_id.order_line.filtered(
            lambda line: line.product_id.type == "consu" and line.product_uom_qty > 0
        )
        delivered = goods._o2o_delivered_by() if goods else {}
        whole = all(
            sum(delivered.get(line, {}).values()) >= line.product_uom_qty
            for line in goods
        )
        return self.product_uom_qty if goods and whole else 0.0

    def _o2o_service_done(self):
        """Return ``(party, units)`` of a service; the dealer of its order answers for it."""
        order = self.order_id
        party = order._o2o_last_leg().dealer_id or order.company_id.partner_id
        return party, self._o2o_service_units()

    def _o2o_floor_net(self):
        """Return the floor price of the line without tax, or nothing."""
        if not self.o2o_floor_price:
            return None
        taxes = self.tax_ids.compute_all(
            self.o2o_floor_price,
            self.currency_id,
            self.product_uom_qty,
            self.product_id,
        )
        return self._o2o_company_amount(taxes["total_excluded"])


class ProductTemplate(models.Model):
    _inherit = "product.template"

    o2o_floor_price = fields.Monetary(
        string="Floor Price",
        groups="base.group_user",
        help="Per unit, as sales prices are entered: a seller doesn't go below it, and what is "
        "above it is shared out as the spread. 0: none.",
    )
