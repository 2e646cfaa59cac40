import base64

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine import order_file, table_file

CRON = "o2o_channel.ir_cron_o2o_order_import"
ACTIVE_STATES = ("reading", "checking", "running")
AT_ONCE = 300  # rows that are read and checked while the user waits
PREVIEW = 40  # rows shown in the form


class O2oOrderImport(models.Model):
    """A file of orders on its way in: read, checked, looked at, imported.

    Each step works in batches that are committed one by one; after a crash the next
    run of the scheduled action goes on where the last commit was. Orders that were
    taken before are recognised, so that a file may be imported again.
    """

    _name = "o2o.order.import"
    _description = "Import of Orders"
    _inherit = ["mail.thread", "o2o.table.file"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="File", required=True, readonly=True)
    content = fields.Binary(attachment=True, readonly=True)
    channel_id = fields.Many2one(
        "o2o.channel",
        required=True,
        readonly=True,
        check_company=True,
        help="Channel of the rows that name none.",
    )
    company_id = fields.Many2one(
        related="channel_id.company_id", store=True, index=True
    )
    user_id = fields.Many2one(
        "res.users",
        string="Imported By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    state = fields.Selection(
        [
            ("reading", "Reading"),
            ("checking", "Checking"),
            ("ready", "To Confirm"),
            ("running", "Importing"),
            ("done", "Done"),
            ("failed", "Failed"),
        ],
        required=True,
        readonly=True,
        default="reading",
        index=True,
        tracking=True,
    )
    failure = fields.Text(string="Failed Because", readonly=True)
    last_row = fields.Integer(
        readonly=True, default=1, help="Up to which row the file has been read."
    )
    row_ids = fields.One2many("o2o.order.import.row", "import_id", readonly=True)
    preview_row_ids = fields.Many2many(
        "o2o.order.import.row", string="Preview", compute="_compute_preview_row_ids"
    )
    row_count = fields.Integer(string="Rows", compute="_compute_counts")
    open_count = fields.Integer(string="To Do", compute="_compute_counts")
    ok_count = fields.Integer(string="Fit to Import", compute="_compute_counts")
    error_count = fields.Integer(string="Rejected", compute="_compute_counts")
    done_count = fields.Integer(string="Imported", compute="_compute_counts")
    progress = fields.Float(
        string="Progress (%)",
        compute="_compute_counts",
        help="Of the step that is running. The figures are those of the last batch.",
    )

    @api.depends("row_ids.state", "state")
    def _compute_counts(self):
        groups = self.env["o2o.order.import.row"]._read_group(
            [("import_id", "in", self.ids)], ["import_id", "state"], ["__count"]
        )
        counts = {(job.id, state): count for job, state, count in groups}
        for job in self:
            new, fit, rejected, done = (
                counts.get((job.id, state), 0)
                for state in ("new", "ok", "error", "done")
            )
            job.row_count = new + fit + rejected + done
            job.ok_count, job.error_count, job.done_count = fit, rejected, done
            job.open_count = {"checking": new, "running": fit}.get(job.state, 0)
            finished = job.row_count - job.open_count
            job.progress = 100.0 * finished / job.row_count if job.row_count else 0.0

    @api.depends("row_ids.state")
    def _compute_preview_row_ids(self):
        rows = self.env["o2o.order.import.row"]
        for job in self:
            own = [("import_id", "=", job.id)]
            rejected = rows.search([*own, ("state", "=", "error")], limit=PREVIEW)
            others = rows.search(
                [*own, ("state", "!=", "error")], limit=PREVIEW - len(rejected)
            )
            job.preview_row_ids = rejected + others

    @api.model
    def _start(self, channel, filename, content):
        """Begin with a file; small ones are checked at once. Refuses unreadable ones.

        :param bytes content: a CSV or XLSX file
        """
        job = self.create(
            {
                "name": filename or self.env._("Orders"),
                "channel_id": channel.id,
                "content": base64.b64encode(content),
            }
        )
        rows = job._open_file(content)
        first = [row for _number, row in zip(range(AT_ONCE + 1), rows, strict=False)]
        if not first:
            raise UserError(
                self.env._(
                    "The file has a header but no rows. Add the orders below it."
                )
            )
        if len(first) <= AT_ONCE:
            for _done in job._process():
                pass
        else:
            self.env.ref(CRON)._trigger()
        return job

    def _open_file(self, content=None):
        """The rows of the file, or a UserError that says what is wrong with it."""
        self.ensure_one()
        try:
            return order_file.read_rows(content or self._file_content())
        except table_file.FileError as error:
            raise UserError(self._file_error_text(error)) from error

    def action_import(self):
        """Button: take the orders that are fit to be taken, in the background."""
        for job in self:
            if job.state != "ready" or not job.ok_count:
                raise UserError(
                    self.env._(
                        "Nothing in %(file)s is fit to be imported now. Download the "
                        "rejected rows, correct them and upload them again.",
                        file=job.name,
                    )
                )
        self.write({"state": "running"})
        # sudo: the scheduled action is the system's
        self.env.ref(CRON).sudo()._trigger()
        return True

    def action_refresh(self):
        """Button: look at the figures again."""
        return True

    def action_view_rows(self):
        """Open the rows, those rejected first when there are any."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_order_import_row_action"
        )
        return action | {
            "domain": [("import_id", "=", self.id)],
            "context": {"search_default_error": int(bool(self.error_count))},
        }

    def action_view_orders(self):
        """Open the orders that came out of the file."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.sale_order_o2o_action"
        )
        rows = self.env["o2o.order.import.row"]._search([("import_id", "=", self.id)])
        return action | {"domain": [("id", "in", self._order_ids_of(rows))]}

    def _order_ids_of(self, rows):
        groups = self.env["o2o.order.import.row"]._read_group(
            [("id", "in", rows), ("order_id", "!=", False)], ["order_id"]
        )
        return [order.id for [order] in groups]

    def action_download_rejected(self):
        """Download the rejected rows, in the file's format with a column of errors."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_url",
            "target": "self",
            "url": f"/o2o/import/{self.id}/rejected.xlsx",
        }

    def _rejected_table(self):
        """The rejected rows as an XLSX file; whole orders, so that they can go again."""
        self.ensure_one()
        rows = self.env["o2o.order.import.row"].search_fetch(
            [("import_id", "=", self.id), ("state", "=", "error")], ["cells", "message"]
        )
        columns = [*order_file.COLUMNS, table_file.ERROR_COLUMN]
        return table_file.write_table(
            ({**row.cells, table_file.ERROR_COLUMN: row.message} for row in rows),
            columns,
        )
