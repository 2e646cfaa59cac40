from odoo import models


class O2oStockDeclaration(models.Model):
    _inherit = "o2o.stock.declaration"

    def _reserved_for_text(self, moves):
        """Override: a delivery of the channel is known by its leg."""
        legs = moves.o2o_dispatch_id
        others = moves.filtered(lambda move: not move.o2o_dispatch_id)
        names = [*legs.mapped("name"), super()._reserved_for_text(others)]
        return ", ".join(filter(None, names))
