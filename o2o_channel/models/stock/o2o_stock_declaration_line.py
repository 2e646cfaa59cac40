from odoo import api, fields, models
from odoo.exceptions import UserError

from .o2o_stock_declaration import KINDS

# The pool agrees with what was said, or was made to.
TAKEN = ("applied", "unchanged")
OUTCOMES = [
    ("applied", "Applied"),
    ("unchanged", "No Change"),
    ("outdated", "Outdated"),
    ("refused", "Refused"),
]


class O2oStockDeclarationLine(models.Model):
    """One row of a declaration with what became of it. Written once, never changed."""

    _name = "o2o.stock.declaration.line"
    _description = "Line of a Stock Declaration"
    _order = "declaration_id desc, number, id"
    _rec_name = "sku"
    _log_access = False

    declaration_id = fields.Many2one(
        "o2o.stock.declaration",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one("res.company", required=True, readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="Store", required=True, readonly=True
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    number = fields.Integer(string="Row", readonly=True)
    sku = fields.Char(string="SKU as Declared", readonly=True)
    quantity_text = fields.Char(string="Quantity as Declared", readonly=True)
    lot_name = fields.Char(string="Lot or Serial as Declared", readonly=True)
    cells = fields.Json(readonly=True, help="A refused row as it was declared.")
    field_name = fields.Char(readonly=True)
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    lot_id = fields.Many2one(
        "stock.lot", string="Lot or Serial", readonly=True, ondelete="restrict"
    )
    quantity = fields.Float(digits="Product Unit", readonly=True)
    counted_at = fields.Datetime(string="Counted on", readonly=True)
    moved = fields.Float(
        string="Moved Since",
        digits="Product Unit",
        readonly=True,
        help="Received less shipped between the count and its arrival.",
    )
    quantity_before = fields.Float(
        string="On Hand Before", digits="Product Unit", readonly=True
    )
    quantity_after = fields.Float(
        string="On Hand After", digits="Product Unit", readonly=True
    )
    outcome = fields.Selection(OUTCOMES, required=True, readonly=True)
    problem = fields.Text(
        string="Remark", readonly=True, help="What is wrong with it and what to do."
    )
    is_short = fields.Boolean(
        string="Below Reserved",
        readonly=True,
        help="Less is left than open deliveries have reserved.",
    )

    _number_uniq = models.Constraint(
        "UNIQUE(declaration_id, number)", "A row of a declaration is taken once."
    )
    _latest_idx = models.Index(
        "(warehouse_id, product_id, counted_at DESC) "
        "WHERE kind = 'count' AND outcome IN ('applied', 'unchanged')"
    )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Lines of a declaration are a record and can't be changed.")
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Lines of a declaration are a record and can't be deleted.")
        )

    def _as_error(self):
        """What is wrong with the line, as the API tells it."""
        self.ensure_one()
        name = self.field_name or "sku"
        return {
            "field": f"/lines/{self.number - 1}/{name}",
            "value": (self.cells or {}).get(name),
            "message": self.problem,
        }
