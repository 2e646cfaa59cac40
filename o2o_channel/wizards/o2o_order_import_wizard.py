import base64

from odoo import fields, models


class O2oOrderImportWizard(models.TransientModel):
    """Upload of a file of orders."""

    _name = "o2o.order.import.wizard"
    _description = "Upload Orders"

    channel_id = fields.Many2one(
        "o2o.channel",
        required=True,
        default=lambda self: self._default_channel_id(),
        help="Channel of the rows that name none.",
    )
    content = fields.Binary(string="File", required=True, help="CSV or XLSX.")
    filename = fields.Char()

    def _default_channel_id(self):
        channels = self.env["o2o.channel"].search([], limit=2)
        return channels if len(channels) == 1 else channels.browse()

    def action_upload(self):
        """Read the file and show what is in it; nothing is imported yet."""
        self.ensure_one()
        job = self.env["o2o.order.import"]._start(
            self.channel_id, self.filename, base64.b64decode(self.content)
        )
        return {
            "type": "ir.actions.act_window",
            "res_model": job._name,
            "res_id": job.id,
            "view_mode": "form",
        }
