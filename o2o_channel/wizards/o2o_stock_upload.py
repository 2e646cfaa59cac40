import base64

from odoo import fields, models
from odoo.exceptions import UserError

from ..engine import table_file


class O2oStockUpload(models.TransientModel):
    """Upload of a store's stock by headquarters."""

    _name = "o2o.stock.upload"
    _description = "Upload Stock of a Store"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        domain="[('dealer_id', '!=', False)]",
    )
    kind = fields.Selection(
        [("count", "Counted"), ("sold", "Sold in the Store")],
        required=True,
        default="count",
        help="Counted: the pool is set to the figures. Sold: it is lowered by them.",
    )
    counted_at = fields.Datetime(
        string="Counted on",
        help="The moment the figures are true for; what was shipped or received since "
        "is taken into account. Empty: now.",
    )
    content = fields.Binary(string="File", required=True, help="CSV or XLSX.")
    filename = fields.Char()

    def action_upload(self):
        """Take the good rows and show what became of all of them."""
        self.ensure_one()
        if not self.warehouse_id.dealer_id:
            raise UserError(
                self.env._(
                    "%(store)s is no dealer's store. Choose a store of a dealer.",
                    store=self.warehouse_id.name,
                )
            )
        # base64 adds a third; a file beyond the limit isn't even decoded
        if len(self.content) > table_file.MAX_BYTES * 3 // 2:
            error = table_file.FileError(
                "too_big",
                size=len(self.content) * 3 // 4 // 2**20,
                limit=table_file.MAX_BYTES // 2**20,
            )
            raise UserError(self.env["o2o.table.file"]._file_error_text(error))
        one, is_new = self.env["o2o.stock.declaration"]._take_file(
            self.warehouse_id,
            self.filename,
            base64.b64decode(self.content),
            self.counted_at or None,
            kind=self.kind,
        )
        action = {
            "type": "ir.actions.act_window",
            "res_model": one._name,
            "res_id": one.id,
            "view_mode": "form",
        }
        return action if is_new else self._repeat_notice(action)

    def _repeat_notice(self, action):
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "info",
                "message": self.env._(
                    "This was declared before; nothing was changed. If the stock was "
                    "counted anew, give the time of the count."
                ),
                "next": action,
            },
        }
