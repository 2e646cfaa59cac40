from odoo import fields, models


class StockPicking(models.Model):
    _inherit = "stock.picking"

    o2o_dispatch_id = fields.Many2one(
        "o2o.dispatch",
        string="Leg",
        groups="base.group_user",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )

    def _action_done(self):
        """Override of stock: a leg's delivery that is validated by itself ships the
        leg, when the leg is so far."""
        followed = not self.env.context.get("o2o_from_dispatch")
        deliveries = self.filtered(lambda p: p.o2o_dispatch_id and not p.return_id)
        if followed:
            # sudo: stock users validate deliveries and may not change legs
            legs = deliveries.o2o_dispatch_id.sudo()._for_action()
            legs._check_shipment()
        result = super()._action_done()
        if followed:
            for leg in legs:
                open_pickings = leg._outgoing_pickings().filtered(
                    lambda p: p.state not in ("done", "cancel")
                )
                if open_pickings:
                    continue
                if leg._has_shipped():
                    leg._mark_shipped()
                    leg._continue_shortfall()
                else:
                    leg._after_delivery_cancelled()
        return result
