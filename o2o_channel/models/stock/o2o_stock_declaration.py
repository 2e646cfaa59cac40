from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

from ...engine import stock_file, table_file

SOURCES = [
    ("scan", "Scanner or POS"),
    ("api", "API"),
    ("file", "File"),
    ("guide", "Typed by Staff"),
    ("picking", "Transfer"),
    ("reject", "Rejected Order"),
    ("count", "Blind Count"),
    ("accept", "Accepted Order"),
]
# The store was asked about a few goods; the rest of its figures is no fresher for it.
ANSWERS = ("reject", "count", "accept")
KINDS = [
    ("count", "Counted"),
    ("sold", "Sold in the Store"),
    ("moved", "Moved"),
]
REMARKS_SHOWN = 40  # rows in the form
# Said once by who declares; nothing of it changes afterwards.
SAID = {
    "warehouse_id",
    "kind",
    "source",
    "user_id",
    "counted_at",
    "received_at",
    "reference",
    "digest",
}


class O2oStockDeclaration(models.Model):
    """What a store says of its stock: counted, or sold over its own counter.

    A declaration is kept as it was said. A count sets the pool of its store, product by
    product, to what was counted and what moved since; what was said of a later moment
    is never overwritten by what was said of an earlier one.
    """

    _name = "o2o.stock.declaration"
    _description = "Stock Declaration"
    _inherit = ["mail.thread", "mail.activity.mixin", "o2o.table.file"]
    _order = "received_at desc, id desc"
    _check_company_auto = True
    _mail_post_access = "read"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, index=True, precompute=True
    )
    dealer_id = fields.Many2one(
        related="warehouse_id.dealer_id", store=True, precompute=True
    )
    kind = fields.Selection(
        KINDS,
        required=True,
        readonly=True,
        default="count",
        help="Counted: the pool is set to the figures. Sold: the pool is lowered by "
        "them. Moved: a transfer of Odoo changed the pool, which is only noted here.",
    )
    source = fields.Selection(SOURCES, required=True, readonly=True)
    user_id = fields.Many2one(
        "res.users",
        string="Declared By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    counted_at = fields.Datetime(
        string="Counted on",
        required=True,
        readonly=True,
        help="The moment the figures are true for.",
    )
    received_at = fields.Datetime(
        string="Received on", required=True, readonly=True, default=fields.Datetime.now
    )
    reference = fields.Char(
        readonly=True, help="The sender's own number; the same one is taken once."
    )
    digest = fields.Char(readonly=True, help="Fingerprint by which a repeat is known.")
    state = fields.Selection(
        [("running", "Running"), ("done", "Done"), ("failed", "Failed")],
        required=True,
        readonly=True,
        default="running",
        index=True,
    )
    failure = fields.Text(string="Failed Because", readonly=True)
    row_total = fields.Integer(string="Rows", readonly=True)
    line_ids = fields.One2many(
        "o2o.stock.declaration.line", "declaration_id", readonly=True
    )
    remark_line_ids = fields.Many2many(
        "o2o.stock.declaration.line",
        string="Remarks",
        compute="_compute_remark_line_ids",
        help="The first rows that were refused, outdated or have something to say.",
    )
    line_count = fields.Integer(string="Rows Done", compute="_compute_counts")
    applied_count = fields.Integer(string="Applied", compute="_compute_counts")
    unchanged_count = fields.Integer(string="No Change", compute="_compute_counts")
    outdated_count = fields.Integer(string="Outdated", compute="_compute_counts")
    refused_count = fields.Integer(string="Refused", compute="_compute_counts")
    short_count = fields.Integer(string="Below Reserved", compute="_compute_counts")
    progress = fields.Float(string="Progress (%)", compute="_compute_counts")

    _digest_uniq = models.UniqueIndex(
        "(warehouse_id, digest) WHERE digest IS NOT NULL", "Declared already."
    )
    _reference_uniq = models.UniqueIndex(
        "(warehouse_id, reference) WHERE reference IS NOT NULL", "Declared already."
    )

    @api.depends("line_ids", "row_total")
    def _compute_counts(self):
        lines = self.env["o2o.stock.declaration.line"]
        groups = lines._read_group(
            [("declaration_id", "in", self.ids)],
            ["declaration_id", "outcome"],
            ["__count"],
        )
        counts = {(one.id, outcome): count for one, outcome, count in groups}
        short = dict(
            lines._read_group(
                [("declaration_id", "in", self.ids), ("is_short", "=", True)],
                ["declaration_id"],
                ["__count"],
            )
        )
        for one in self:
            figures = {
                outcome: counts.get((one.id, outcome), 0)
                for outcome in ("applied", "unchanged", "outdated", "refused")
            }
            for outcome, figure in figures.items():
                one[f"{outcome}_count"] = figure
            one.line_count = sum(figures.values())
            one.short_count = short.get(one, 0)
            total = max(one.row_total, one.line_count)
            one.progress = 100.0 * one.line_count / total if total else 100.0

    @api.depends("line_ids")
    def _compute_remark_line_ids(self):
        for one in self:
            one.remark_line_ids = one.line_ids.search(
                [("declaration_id", "=", one.id), ("problem", "!=", False)],
                limit=REMARKS_SHOWN,
            )

    @api.depends("warehouse_id", "counted_at")
    def _compute_display_name(self):
        for one in self:
            moment = fields.Datetime.context_timestamp(one, one.counted_at)
            one.display_name = f"{one.warehouse_id.name}, {moment:%Y-%m-%d %H:%M}"

    def write(self, vals):
        if SAID & vals.keys():
            raise UserError(
                self.env._(
                    "A declaration is a record of what the store said and can't be "
                    "changed. Declare the right figure anew."
                )
            )
        if not self.env.su and not self._only_chatter(vals):
            raise AccessError(
                self.env._("Declarations are written by the system as they come in.")
            )
        return super().write(vals)

    @api.model
    def _only_chatter(self, vals):
        return all(name.startswith(("message_", "activity_")) for name in vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Declarations are a record and can't be deleted."))

    def action_refresh(self):
        """Button: look at the figures again."""
        return True

    def action_view_lines(self):
        """Open the lines, those that need a look first when there are any."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_stock_declaration_line_action"
        )
        return action | {
            "domain": [("declaration_id", "=", self.id)],
            "context": {"search_default_refused": int(bool(self.refused_count))},
        }

    def action_download_refused(self):
        """Download the refused rows, in the file's format with a column of errors."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"/o2o/stock/{self.id}/refused.xlsx",
        }

    def _refused_table(self):
        """The refused rows as an XLSX file, to be corrected and sent again."""
        self.ensure_one()
        lines = self.env["o2o.stock.declaration.line"].search(
            [("declaration_id", "=", self.id), ("outcome", "=", "refused")]
        )
        columns = [*stock_file.COLUMNS, table_file.ERROR_COLUMN]
        rows = ({**line.cells, table_file.ERROR_COLUMN: line.problem} for line in lines)
        return table_file.write_table(rows, columns, "Stock")
