from odoo import api, fields, models

SIZE_NAMES = {"size", "sizes", "尺码", "尺寸", "鞋码", "大小"}


class ProductAttribute(models.Model):
    _inherit = "product.attribute"

    o2o_is_size = fields.Boolean(
        string="Is a Size",
        compute="_compute_o2o_is_size",
        store=True,
        readonly=False,
        precompute=True,
        help="Its values are the columns of the size matrix, where missing sizes of a "
        "style are marked.",
    )

    @api.depends("name")
    def _compute_o2o_is_size(self):
        for attribute in self:
            name = (attribute.with_context(lang="en_US").name or "").strip().lower()
            attribute.o2o_is_size = attribute.o2o_is_size or name in SIZE_NAMES
