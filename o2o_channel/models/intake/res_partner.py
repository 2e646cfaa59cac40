from odoo import fields, models


class ResPartner(models.Model):
    """A consumer as a channel knows it; a contact without any login."""

    _inherit = "res.partner"

    o2o_consumer_channel_id = fields.Many2one(
        "o2o.channel",
        string="Consumer of Channel",
        copy=False,
        readonly=True,
        ondelete="restrict",
        index="btree_not_null",
        help="Set on consumers that came in with an order of this channel.",
    )
    o2o_consumer_ref = fields.Char(
        string="Consumer in the Channel",
        copy=False,
        readonly=True,
        help="The shop's own number of the consumer.",
    )

    _o2o_consumer_ref_uniq = models.UniqueIndex(
        "(o2o_consumer_channel_id, o2o_consumer_ref) "
        "WHERE o2o_consumer_ref IS NOT NULL",
        "This consumer of the channel exists already.",
    )
    _o2o_consumer_phone_idx = models.Index(
        "(o2o_consumer_channel_id, phone) WHERE o2o_consumer_channel_id IS NOT NULL"
    )

    def _o2o_address_vals(self):
        """The values by which two delivery contacts are the same."""
        self.ensure_one()
        return {
            "parent_id": self.parent_id.id,
            "type": self.type,
            "name": self.name,
            "phone": self.phone,
            "country_id": self.country_id.id,
            "state_id": self.state_id.id,
            "city": self.city,
            "o2o_district": self.o2o_district,
            "o2o_region_code": self.o2o_region_code,
            "street": self.street,
            "zip": self.zip,
            "partner_latitude": self.partner_latitude,
            "partner_longitude": self.partner_longitude,
        }
