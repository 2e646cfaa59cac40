from odoo import fields, models


class SaleOrder(models.Model):
    """Orders that wait to be assigned together with others."""

    _inherit = "sale.order"

    o2o_wait_batch = fields.Boolean(
        string="Waits for the Batch",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="It is assigned together with others at night, or when headquarters makes "
        "a batch.",
    )

    _o2o_wait_batch_idx = models.Index("(company_id) WHERE o2o_wait_batch")

    def _o2o_route(self):
        """Override: new orders of a channel that waits stay in the queue.

        Who collects in a store has chosen it, so nothing is gained by waiting."""
        waiting = self.browse()
        if not self.env.context.get("o2o_route_now"):
            # sudo: whoever confirms an order may not read channels
            waiting = self.filtered(
                lambda order: (
                    order.sudo().o2o_channel_id.wait_for_batch
                    and order.o2o_delivery_mode == "home"
                    and not order.o2o_route_runs
                )
            )
        waiting.write({"o2o_route_state": "to_route", "o2o_wait_batch": True})
        return super(SaleOrder, self - waiting)._o2o_route()

    def _o2o_route_one(self):
        """Override: who is routed waits no longer."""
        if self.o2o_wait_batch:
            self.o2o_wait_batch = False
        return super()._o2o_route_one()

    def action_o2o_route(self):
        """Override: the button routes at once what would wait for the night."""
        return super(
            SaleOrder, self.with_context(o2o_route_now=True)
        ).action_o2o_route()

    def _o2o_get_batch_needs(self):
        """What of the order can be assigned: what is in no leg, and its exceptions.

        :return: ({sale.order.line: quantity in its unit}, stores that had their chance)
        """
        self.ensure_one()
        needs = dict(self._o2o_get_needs())
        declined = self.env["stock.warehouse"]
        for leg in self.dispatch_ids.filtered(lambda leg: leg.state == "exception"):
            declined |= leg._get_declined()
            for line, quantity in leg._get_needs().items():
                needs[line] = line.product_uom_id.round(needs.get(line, 0) + quantity)
        return needs, declined
