import logging
from itertools import islice

from odoo import api, models
from odoo.exceptions import ConcurrencyError, UserError
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY

from ...engine import order_file, table_file
from .o2o_order_import import ACTIVE_STATES

_logger = logging.getLogger(__name__)

READ_BATCH = 1000  # rows
CHECK_BATCH = 200  # orders
TAKE_BATCH = 50  # orders; larger ones gain nothing and lose more when one fails
MAX_RETRIES = 5  # of a batch that other transactions got in the way of


class O2oOrderImport(models.Model):
    """The steps of an import, each in batches that can be committed."""

    _inherit = "o2o.order.import"

    @api.model
    def _cron_process(self):
        """Go on with every import, committing each batch, until time is up."""
        cron = self.env["ir.cron"]
        jobs = self.search([("state", "in", ACTIVE_STATES)], order="id")
        cron._commit_progress(remaining=len(jobs))
        for job in jobs:
            if not job._process_and_commit():
                cron._commit_progress(remaining=1)
                return
            cron._commit_progress(1)

    def _process_and_commit(self):
        """Run all that is left of an import; False when time is up before."""
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
                _logger.exception("Import of orders %s stopped", self.id)
                self._fail(error)
                return True

    def _fail(self, error):
        self.write({"state": "failed", "failure": str(error)[:1000]})

    def _process(self):
        """Generator of the steps that are left; yields after each batch."""
        self.ensure_one()
        # sudo: the steps write what the user only reads; orders are taken by the
        # user's own doing and name
        job = self.sudo().with_context(lang=self.user_id.lang, tracking_disable=True)
        if not job.try_lock_for_update():
            return  # another worker is at it
        for state, step in (
            ("reading", job._read),
            ("checking", job._check),
            ("running", job._take),
        ):
            if job.state == state:
                yield from step()

    def _read(self):
        """Keep the file's rows, going on after the last that was kept."""
        try:
            rows = self._open_file()
            pending = (row for row in rows if row.number > self.last_row)
            while batch := list(islice(pending, READ_BATCH)):
                self.env["o2o.order.import.row"].create(
                    [self._prepare_row_vals(row) for row in batch]
                )
                self.last_row = batch[-1].number
                yield len(batch)
        except table_file.FileError as error:
            self._fail(self._file_error_text(error))
            return
        except UserError as error:
            self._fail(error)
            return
        self.state = "checking"
        yield 0

    def _prepare_row_vals(self, row):
        channel, reference = order_file.key_of(row, self.channel_id.code)
        return {
            "import_id": self.id,
            "number": row.number,
            "channel_code": channel[:64],
            # rows without a reference are orders of their own, and refused as such
            "external_ref": reference[:100] or f"#{row.number}",
            "cells": row.cells,
        }

    def _check(self):
        """Find what is wrong with each order, without taking any."""
        while groups := self._next_orders("new", CHECK_BATCH):
            tables = self._table_orders(groups)
            accepted = self.env["o2o.order.import.row"]
            for channel, orders in self._by_channel(tables).items():
                fit = [table for table in orders if not table.problems]
                payloads = [table.payload for table in fit]
                intake = self._intake()._with_intake_env(channel)
                results = intake._check_many(channel, payloads)
                for table, result in zip(fit, results, strict=True):
                    if isinstance(result, UserError):
                        self._reject(table, result)
                    else:
                        accepted += table.records
            accepted.write({"state": "ok"})
            yield len(groups)
        self.state = "ready"
        yield 0

    def _take(self):
        """Take the orders that were found fit; what is refused now is rejected too."""
        while groups := self._next_orders("ok", TAKE_BATCH):
            tables = self._table_orders(groups)
            for channel, orders in self._by_channel(tables).items():
                payloads = [table.payload for table in orders]
                results = self._intake()._take_many(channel, payloads)
                for table, result in zip(orders, results, strict=True):
                    if isinstance(result, UserError):
                        self._reject(table, result)
                    else:
                        self._accept(table, *result)
            yield len(groups)
        self.state = "done"
        self.message_post(
            body=self.env._(
                "%(done)s rows imported, %(rejected)s rejected.",
                done=self.done_count,
                rejected=self.error_count,
            )
        )
        yield 0

    def _intake(self):
        return self.env["o2o.order.intake"].with_user(self.user_id)

    def _next_orders(self, state, limit):
        """The rows of the next orders in this state, by order, as in the file."""
        rows = self.env["o2o.order.import.row"]
        keys = rows._read_group(
            [("import_id", "=", self.id), ("state", "=", state)],
            ["channel_code", "external_ref"],
            order="number:min",
            limit=limit,
        )
        found = rows.search_fetch(
            [
                ("import_id", "=", self.id),
                ("external_ref", "in", [reference for _channel, reference in keys]),
                ("state", "=", state),
            ],
            ["number", "channel_code", "external_ref", "cells"],
        )
        groups = found.grouped(lambda row: (row.channel_code, row.external_ref))
        return [groups[key] for key in keys]

    def _table_orders(self, groups):
        """Orders of rows; an unknown channel or a contradiction rejects at once."""
        tables = []
        for rows in groups:
            channel = self._channels().get(rows[0].channel_code)
            table = order_file.to_order(
                [table_file.Row(row.number, row.cells) for row in rows],
                self._defaults(channel or self.channel_id),
            )
            table.records = rows
            tables.append(table)
            if not channel:
                problem = order_file.Problem(
                    "/channel", rows[0].channel_code, "channel"
                )
                table.problems.insert(0, (table.rows[0], problem))
            if table.problems:
                self._reject_problems(table)
        return tables

    def _channels(self):
        """The company's channels that the importing user may use, by code."""
        channels = self.env["o2o.channel"].search(
            [("company_id", "=", self.company_id.id)]
        )
        return {channel.code: channel for channel in channels}

    def _defaults(self, channel):
        return order_file.Defaults(
            channel=channel.code,
            currency=channel.currency_id.name,
            decimals=channel.currency_id.decimal_places,
            zone=self.company_id._o2o_timezone(),
        )

    def _by_channel(self, tables):
        channels, grouped = self._channels(), {}
        for table in tables:
            channel = channels.get(table.payload["channel"])
            if channel and not table.problems:
                grouped.setdefault(channel, []).append(table)
        return grouped

    def _accept(self, table, order, created):
        message = False if created else self.env._("Was taken before.")
        table.records.write({"state": "done", "order_id": order.id, "message": message})

    def _reject(self, table, error):
        """Reject an order's rows, each with the errors that are about it."""
        messages = {row.number: [] for row in table.rows}
        for problem in getattr(error, "errors", ()):
            row = table.row_of(problem["field"])
            column = table.column_of(problem["field"])
            text = problem["message"]
            messages[row.number].append(f"{column}: {text}" if column else text)
        if not any(messages.values()):
            messages[table.rows[0].number].append(str(error))
        self._write_messages(table, messages)

    def _reject_problems(self, table):
        messages = {row.number: [] for row in table.rows}
        for row, problem in table.problems:
            text = self._intake()._problem_text(problem)
            messages[row.number].append(f"{table.column_of(problem.field)}: {text}")
        self._write_messages(table, messages)

    def _write_messages(self, table, messages):
        other = self.env._("Another row of this order is wrong.")
        for row in table.records:
            text = "\n".join(messages[row.number])
            row.write({"state": "error", "message": text or other})
