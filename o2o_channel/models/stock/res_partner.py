from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.geo import Point


class ResPartner(models.Model):
    _inherit = "res.partner"

    o2o_warehouse_ids = fields.One2many("stock.warehouse", "dealer_id", string="Stores")
    o2o_warehouse_count = fields.Integer(
        string="Number of Stores", compute="_compute_o2o_warehouse_count"
    )

    @api.depends("o2o_warehouse_ids")
    def _compute_o2o_warehouse_count(self):
        counts = dict(
            self.env["stock.warehouse"]._read_group(
                [("dealer_id", "in", self.ids)], ["dealer_id"], ["__count"]
            )
        )
        for partner in self:
            partner.o2o_warehouse_count = counts.get(partner, 0)

    @api.constrains("partner_latitude", "partner_longitude")
    def _check_o2o_coordinates(self):
        for partner in self:
            try:
                Point(partner.partner_latitude, partner.partner_longitude)
            except ValueError:
                raise ValidationError(
                    self.env._(
                        "The coordinates of %(name)s are not on the globe: latitude "
                        "%(latitude)s must lie between -90 and 90, longitude "
                        "%(longitude)s between -180 and 180 degrees. Leave both at 0 "
                        "when they are unknown.",
                        name=partner.display_name,
                        latitude=partner.partner_latitude,
                        longitude=partner.partner_longitude,
                    )
                ) from None

    def action_view_o2o_warehouses(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_store_action"
        )
        action["domain"] = [("dealer_id", "in", self.ids)]
        action["context"] = {"default_dealer_id": self.id}
        return action
