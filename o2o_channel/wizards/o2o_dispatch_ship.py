from odoo import api, fields, models


class O2oDispatchShip(models.TransientModel):
    """Asks for the serial numbers that leave the store."""

    _name = "o2o.dispatch.ship"
    _description = "Ship a Leg"

    dispatch_id = fields.Many2one("o2o.dispatch", required=True, readonly=True)
    tracking_ref = fields.Char(string="Tracking Number")
    line_ids = fields.One2many("o2o.dispatch.ship.line", "wizard_id")

    @api.model
    def _open_for(self, leg):
        wizard = self.create(
            {
                "dispatch_id": leg.id,
                "line_ids": [
                    fields.Command.create({"product_id": product.id, "count": count})
                    # sudo: see `action_open_ship`
                    for product, count in leg.sudo()._get_serial_needs()
                ],
            }
        )
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Ship %(leg)s", leg=leg.name),
            "res_model": self._name,
            "res_id": wizard.id,
            "view_mode": "form",
            "target": "new",
        }

    def action_confirm(self):
        serials = {line.product_id.id: line.numbers or "" for line in self.line_ids}
        self.dispatch_id.action_ship(self.tracking_ref, serials)
        return {"type": "ir.actions.act_window_close"}


class O2oDispatchShipLine(models.TransientModel):
    """The serial numbers of one product."""

    _name = "o2o.dispatch.ship.line"
    _description = "Serial Numbers to Ship"

    wizard_id = fields.Many2one("o2o.dispatch.ship", required=True, ondelete="cascade")
    product_id = fields.Many2one("product.product", required=True, readonly=True)
    count = fields.Integer(string="How Many", readonly=True)
    numbers = fields.Text(
        string="Serial Numbers", help="One per line, or divided by spaces or commas."
    )
