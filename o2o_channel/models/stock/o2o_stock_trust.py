from odoo import fields, models


class O2oStockTrust(models.Model):
    """How far a store is believed about goods of a category, once it has shown it.

    Kept by `stock.warehouse._o2o_refresh_trust`; without a row the store's own trust
    holds."""

    _name = "o2o.stock.trust"
    _description = "Trust per Store and Category"
    _order = "warehouse_id, trust, id"
    _rec_name = "categ_id"
    _log_access = False  # written in bulk, every hour

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True)
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        required=True,
        readonly=True,
        index=True,
        ondelete="cascade",
    )
    fill = fields.Float(string="Fill Rate", digits=(5, 4), readonly=True)
    count_accuracy = fields.Float(digits=(5, 4), readonly=True)
    trust = fields.Float(digits=(5, 4), readonly=True)

    _store_categ_uniq = models.Constraint(
        "UNIQUE(warehouse_id, categ_id)", "The store has a trust for this category."
    )
