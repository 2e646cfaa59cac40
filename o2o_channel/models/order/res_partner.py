from odoo import api, fields, models

from ...engine.placing import Address


class ResPartner(models.Model):
    """What an address needs to be placed: the district and the region's code."""

    _inherit = "res.partner"

    o2o_district = fields.Char(
        string="District", help="District or county, the part below the city."
    )
    o2o_region_code = fields.Char(
        string="Region Code",
        help="Official code of the district or town, such as 510104. When it is "
        "known, orders are placed by it first.",
    )

    @api.model
    def _address_fields(self):
        """Override of base: both are part of the address that contacts share."""
        return [*super()._address_fields(), "o2o_district", "o2o_region_code"]

    def _prepare_display_address(self, without_company=False):
        """Override of base: a parcel's label names the district after the city."""
        address_format, args = super()._prepare_display_address(without_company)
        if self.o2o_district:
            args["city"] = " ".join(filter(None, (args["city"], self.o2o_district)))
        return address_format, args

    def _o2o_address(self):
        """The contact's address as the engine reads it."""
        self.ensure_one()
        return Address(
            code=self.o2o_region_code or "",
            province=self.state_id.name or "",
            city=self.city or "",
            district=self.o2o_district or "",
            text=self.street or self.street2 or "",
        )
