from odoo import fields, models


class StockMove(models.Model):
    _inherit = "stock.move"

    o2o_dispatch_id = fields.Many2one(
        "o2o.dispatch", string="Leg", index="btree_not_null", ondelete="restrict"
    )

    def _prepare_merge_moves_distinct_fields(self):
        """Override of stock: moves of two legs stay two moves."""
        return [*super()._prepare_merge_moves_distinct_fields(), "o2o_dispatch_id"]

    def _search_picking_for_assignation_domain(self):
        """Override of stock: a delivery belongs to one leg."""
        domain = super()._search_picking_for_assignation_domain()
        return [*domain, ("o2o_dispatch_id", "=", self.o2o_dispatch_id.id)]

    def _key_assign_picking(self):
        """Override of stock: a delivery belongs to one leg."""
        return (*super()._key_assign_picking(), self.o2o_dispatch_id)

    def _get_new_picking_values(self):
        """Override of stock: the delivery knows its leg."""
        values = super()._get_new_picking_values()
        return {**values, "o2o_dispatch_id": self.o2o_dispatch_id[:1].id}
