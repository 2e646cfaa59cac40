from odoo import models
from odoo.exceptions import UserError
from odoo.tools import format_datetime

from ...papers.pdf import statement_pdf
from .o2o_settlement_paper import FONT_PARAMETER


class O2oSettlementPeriod(models.Model):
    """The close report: what was checked, stated and left in clearing, for the file."""

    _inherit = "o2o.settlement.period"

    def action_close(self):
        """Override: the report of the close is kept with the period."""
        result = super().action_close()
        for period in self:
            period._keep_close_report()
        return result

    def _keep_close_report(self):
        # sudo: the report is kept for everybody who may see the period
        report = (
            self.env["ir.attachment"]
            .sudo()
            .create(
                {
                    "name": self._close_report_name(),
                    "raw": self._close_pdf(),
                    "mimetype": "application/pdf",
                    "res_model": self._name,
                    "res_id": self.id,
                }
            )
        )
        self.message_post(
            body=self.env._("Closed. The report is attached."),
            attachment_ids=report.ids,
        )

    def _close_report_name(self):
        return f"{self.env._('Close')}-{self.name}.pdf".replace("/", "-")

    def action_close_report(self):
        """Show the last report of the close."""
        self.ensure_one()
        report = self.env["ir.attachment"].search(
            [
                ("res_model", "=", self._name),
                ("res_id", "=", self.id),
                ("mimetype", "=", "application/pdf"),
                # whatever the language it was closed in, not what somebody filed beside it
                ("name", "=like", f"%-{self.name}.pdf".replace("/", "-")),
            ],
            order="id desc",
            limit=1,
        )
        if not report:
            raise UserError(
                self.env._(
                    "Period %(name)s has no close report: it is made when the period is "
                    "closed.",
                    name=self.name,
                )
            )
        return {
            "type": "ir.actions.act_url",
            "url": f"/web/content/{report.id}?download=true",
        }

    def _close_pdf(self):
        # sudo: where the font lies is set-up
        parameters = self.env["ir.config_parameter"].sudo()
        return statement_pdf(
            self._close_paper(), parameters.get_param(FONT_PARAMETER, "")
        )

    def _close_paper(self):
        """Return what is printed, as the papers' PDF takes it; every value is a text."""
        self.ensure_one()
        return {
            "title": self.env._("Period Close"),
            "name": self.name,
            "company": self.company_id.name,
            "facts": self._close_facts(),
            "sums": self._close_sums(),
            "tables": [
                self._close_checklist(),
                self._close_statements(),
                self._close_clearing(),
            ],
            "notes": [],
            "watermark": "" if self.state == "closed" else self.env._("Not closed"),
            "footer": f"{self.company_id.name} · {self.name}",
            "page_label": self.env._("Page {page} of {count}"),
        }

    def _close_facts(self):
        facts = [
            (self.env._("Period"), f"{self.date_from} – {self.date_to}"),
            (self.env._("Closed by"), self.closed_by_id.name or ""),
            (
                self.env._("Closed on"),
                format_datetime(self.env, self.closed_on) if self.closed_on else "",
            ),
            (self.env._("Currency"), self.currency_id.name),
            (
                self.env._("Odoo locked"),
                self._odoo_locks_text() or self.env._("Not for this period"),
            ),
        ]
        if self.reopen_reason:
            facts.append(
                (
                    self.env._("Reopened before"),
                    f"{self.reopened_by_id.name}: {self.reopen_reason}",
                )
            )
        return facts

    def _close_amount(self, amount):
        return f"{self.currency_id.round(amount) + 0.0:,.2f}"

    def _close_sums(self):
        statements = self.statement_ids.filtered(lambda s: s.state != "cancelled")
        carried = statements.filtered("carried")
        rows = [
            (self.env._("Stated without tax"), statements, "amount_total", False),
            (self.env._("of it carried forward"), carried, "amount_total", False),
            (self.env._("VAT"), statements - carried, "amount_tax", False),
            (
                self.env._("Tax withheld"),
                statements - carried,
                "amount_withheld",
                False,
            ),
            (self.env._("Offsets"), statements - carried, "amount_offsets", False),
            (self.env._("Payable"), statements - carried, "amount_payable", True),
        ]
        sums = [
            (label, self._close_amount(sum(records.mapped(name))), strong)
            for label, records, name, strong in rows
        ]
        accrued = self._close_amount(self.amount_accrued)
        return [*sums, (self.env._("Accrued, not released"), accrued, True)]

    def _close_checklist(self):
        return {
            "title": self.env._("Checklist"),
            "head": [
                self.env._("Check"),
                self.env._("Result"),
                self.env._("Amount"),
                self.env._("Found"),
            ],
            "align": "llrl",
            "widths": (0.34, 0.1, 0.16, 0.4),
            "rows": [
                [
                    check.name,
                    self.env._("OK") if check.ok else self.env._("Open"),
                    self._close_amount(check.amount),
                    check.message or "",
                ]
                for check in self.check_ids
            ],
        }

    def _close_statements(self):
        states = dict(
            self.statement_ids._fields["state"]._description_selection(self.env)
        )
        return {
            "title": self.env._("Statements"),
            "head": [
                self.env._("Statement"),
                self.env._("Payee"),
                self.env._("State"),
                self.env._("Total"),
                self.env._("Payable"),
            ],
            "align": "lllrr",
            "widths": (0.26, 0.28, 0.16, 0.15, 0.15),
            "rows": [
                [
                    statement.name,
                    statement.partner_id.name or "",
                    self.env._("Carried forward")
                    if statement.carried
                    else states[statement.state],
                    self._close_amount(statement.amount_total),
                    self._close_amount(
                        0.0 if statement.carried else statement.amount_payable
                    ),
                ]
                for statement in self.statement_ids.filtered(
                    lambda s: s.state != "cancelled"
                ).sorted("name")
            ],
        }

    def _close_clearing(self):
        report = self._clearing_report()
        return {
            "title": self.env._("Clearing per payee on the last day"),
            "head": [
                self.env._("Payee"),
                self.env._("General ledger"),
                self.env._("Open shares"),
                self.env._("Open clearing lines"),
                self.env._("Difference"),
            ],
            "align": "lrrrr",
            "widths": (0.36, 0.16, 0.16, 0.16, 0.16),
            "rows": [
                [
                    row.partner_id.name or "",
                    *map(
                        self._close_amount,
                        (
                            row.gl_balance,
                            row.open_amount,
                            row.line_amount,
                            row.difference,
                        ),
                    ),
                ]
                for row in report
                if row.gl_balance or row.open_amount or row.line_amount
            ],
        }
