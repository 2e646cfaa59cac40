from odoo import api, fields, models


class O2oOrderImportRow(models.Model):
    """One row of an imported file, with what became of it."""

    _name = "o2o.order.import.row"
    _description = "Row of an Import of Orders"
    _order = "import_id desc, number"
    _log_access = False

    import_id = fields.Many2one(
        "o2o.order.import", required=True, readonly=True, ondelete="cascade"
    )
    number = fields.Integer(string="Row", required=True, readonly=True)
    channel_code = fields.Char(string="Channel", readonly=True)
    external_ref = fields.Char(string="Reference", readonly=True)
    cells = fields.Json(readonly=True)
    summary = fields.Char(compute="_compute_summary")
    state = fields.Selection(
        [
            ("new", "Not Checked"),
            ("ok", "Fit"),
            ("error", "Rejected"),
            ("done", "Imported"),
        ],
        required=True,
        readonly=True,
        default="new",
    )
    message = fields.Text(string="Reason", readonly=True)
    order_id = fields.Many2one(
        "sale.order",
        readonly=True,
        index="btree_not_null",
        ondelete="set null",
        groups="base.group_user",
    )

    _number_uniq = models.Constraint(
        "UNIQUE(import_id, number)", "A row of a file is read once."
    )
    _state_idx = models.Index("(import_id, state, external_ref)")

    @api.depends("cells")
    def _compute_summary(self):
        shown = ("consumer_name", "sku", "quantity", "price", "city", "street")
        for row in self:
            cells = row.cells or {}
            parts = (str(cells.get(name) or "") for name in shown)
            row.summary = " · ".join(part[:40] for part in parts if part)

    @api.depends("import_id", "number")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._("Row %s", row.number)
