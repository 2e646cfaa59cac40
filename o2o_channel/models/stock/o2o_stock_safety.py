from odoo import fields, models


class O2oStockSafety(models.Model):
    """How much of some goods a store keeps back for its own customers."""

    _name = "o2o.stock.safety"
    _description = "Safety Stock of a Store"
    _order = "warehouse_id, id"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        index=True,
        ondelete="cascade",
        check_company=True,
        domain="[('dealer_id', '!=', False)]",
    )
    company_id = fields.Many2one(related="warehouse_id.company_id", store=True)
    product_id = fields.Many2one(
        "product.product",
        index="btree_not_null",
        ondelete="cascade",
        check_company=True,
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        index="btree_not_null",
        ondelete="cascade",
        help="Holds for the categories below it as well, where no nearer figure is set.",
    )
    quantity = fields.Float(digits="Product Unit", required=True)

    _one_scope = models.Constraint(
        "CHECK((product_id IS NULL) != (categ_id IS NULL))",
        "Choose either a product or a category for a safety stock.",
    )
    _quantity_positive = models.Constraint(
        "CHECK(quantity >= 0)", "The safety stock can't be negative."
    )
    _product_uniq = models.UniqueIndex(
        "(warehouse_id, product_id) WHERE product_id IS NOT NULL",
        "This store has a safety stock for that product already.",
    )
    _categ_uniq = models.UniqueIndex(
        "(warehouse_id, categ_id) WHERE categ_id IS NOT NULL",
        "This store has a safety stock for that category already.",
    )
