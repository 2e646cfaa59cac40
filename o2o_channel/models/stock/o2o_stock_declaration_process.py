import base64
import logging
from itertools import islice

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...engine import stock_file, table_file
from .o2o_stock_declaration_take import AT_ONCE, CRON

_logger = logging.getLogger(__name__)

BATCH = 500  # rows per commit
MAX_RETRIES = 5  # of a batch that other transactions got in the way of


class O2oStockDeclaration(models.Model):
    """Declarations of many rows: in the background, in batches, resumed after a crash.

    The lines written are the progress: what has a line is done, and is not done again.
    """

    _inherit = "o2o.stock.declaration"

    @api.model
    def _take_file(self, store, filename, content, counted_at=None, **options):
        """Declare by a CSV or XLSX file; see ``_take``. Refuses unreadable files.

        Without a time the same file counts once a day: it was sent twice.
        """
        try:
            rows = list(stock_file.read_rows(content))
        except table_file.FileError as error:
            raise UserError(self._file_error_text(error)) from error
        if not rows:
            raise UserError(
                self.env._("The file has a header but no rows. Add the stock below it.")
            )
        source = options.pop("source", "file")
        day = store.company_id._o2o_today()
        values = {
            "name": (filename or "")[:200] or self.env._("Stock"),
            "row_total": len(rows),
            "repeat": None if counted_at else str(day),
            **options,
        }
        if len(rows) > AT_ONCE:
            values["content"] = base64.b64encode(content)
        said = [sorted(row.cells.items()) for row in rows]
        one, is_new = self._create_or_find(
            store, source, counted_at, (options.get("kind", "count"), said), values
        )
        if is_new and len(rows) <= AT_ONCE:
            one.sudo()._apply_rows(rows)
        elif is_new:
            # sudo: the scheduled action is the system's
            self.env.ref(CRON).sudo()._trigger()
        return one, is_new

    @api.model
    def _cron_process(self):
        """Go on with every declaration, committing each batch, until time is up."""
        cron = self.env["ir.cron"]
        running = self.search([("state", "=", "running")], order="id")
        cron._commit_progress(remaining=len(running))
        for one in running:
            if not one._process_and_commit():
                cron._commit_progress(remaining=1)
                return
            cron._commit_progress(1)

    def _process_and_commit(self):
        """Apply all rows that are left; False when time is up before."""
        self.ensure_one()
        cron, retries = self.env["ir.cron"], 0
        while True:
            try:
                for _rows in self._process():
                    retries = 0
                    if not cron._commit_progress():
                        return False
                return True
            except (ConcurrencyError, *PG_CONCURRENCY_EXCEPTIONS_TO_RETRY):
                self.env.cr.rollback()
                retries += 1
                if retries > MAX_RETRIES:
                    raise
            except Exception as error:
                self.env.cr.rollback()
                _logger.exception("Stock declaration %s stopped", self.id)
                self.write({"state": "failed", "failure": str(error)[:1000]})
                return True

    def _process(self):
        """Generator of the batches that are left; yields after each."""
        # sudo: nobody has the right to write declarations
        one = self.sudo().with_context(lang=self.user_id.lang, tracking_disable=True)
        if not one.try_lock_for_update(allow_referencing=True):
            return  # another worker is at it
        if one.state != "running":
            return
        done = max(
            one.env["o2o.stock.declaration.line"]
            .search([("declaration_id", "=", one.id)], order="number desc", limit=1)
            .mapped("number"),
            default=0,
        )
        rows = list(stock_file.read_kept(one._file_content()))
        pending = iter([s for s in one._check_rows(rows) if s.number > done])
        while batch := list(islice(pending, BATCH)):
            one._apply(batch)
            yield len(batch)
        one._finish()
        yield 0
