from odoo import api, fields, models
from odoo.fields import Domain


class StockLocation(models.Model):
    """What lies in a dealer's store belongs to the dealer."""

    _inherit = "stock.location"

    dealer_owned = fields.Boolean(
        compute="_compute_dealer_owned",
        store=True,
        help="The goods here are the dealer's: they are promised and shipped, but "
        "headquarters books neither their value nor their cost.",
    )

    @api.depends("warehouse_id.dealer_id")
    def _compute_dealer_owned(self):
        for location in self:
            location.dealer_owned = bool(location.warehouse_id.dealer_id)

    def _should_be_valued(self):
        """Override of `stock_account`: the dealer's goods are not ours to value."""
        return super()._should_be_valued() and not self.dealer_owned

    def _search_is_valued(self, operator, value):
        """Override of `stock_account`: agrees with `_should_be_valued`, because the
        quantity on hand behind a product's value is searched by it."""
        domain = Domain(super()._search_is_valued(operator, value))
        if (operator == "=") == bool(value):
            return domain & Domain("dealer_owned", "=", False)
        return domain | Domain("dealer_owned", "=", True)
