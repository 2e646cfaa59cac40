from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .o2o_settlement import INTERNAL

PROTECTED_FIELDS = frozenset(
    "name state statement_ids check_ids closed_by_id closed_on".split()
)


class O2oSettlementPeriod(models.Model):
    """A month (or other span) for which payees get statements, and which is then closed."""

    _name = "o2o.settlement.period"
    _description = "Settlement Period"
    _inherit = ["mail.thread"]
    _order = "date_from desc, id desc"

    name = fields.Char(compute="_compute_name", store=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    date_from = fields.Date(
        string="First Day",
        required=True,
        default=lambda self: self._default_date_from(),
        tracking=True,
    )
    date_to = fields.Date(
        string="Last Day",
        required=True,
        compute="_compute_date_to",
        store=True,
        readonly=False,
        precompute=True,
        tracking=True,
    )
    state = fields.Selection(
        [("open", "Open"), ("closing", "Closing"), ("closed", "Closed")],
        default="open",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        help="Open: no statements yet. Closing: statements are made and on their way. Closed: "
        "nothing is posted into the period any more.",
    )
    statement_ids = fields.One2many("o2o.settlement", "period_id", string="Statements")
    check_ids = fields.One2many("o2o.settlement.check", "period_id", string="Checklist")
    statement_count = fields.Integer(compute="_compute_statements")
    statement_total = fields.Monetary(string="Stated", compute="_compute_statements")
    amount_accrued = fields.Monetary(
        string="Accrued, Not Released",
        compute="_compute_amount_accrued",
        help="Shares of deliveries in or before this period that are released only after it.",
    )
    closed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    closed_on = fields.Datetime(readonly=True, copy=False)

    _dates_order = models.Constraint(
        "CHECK(date_from <= date_to)",
        "The first day of a period must not be after the last.",
    )
    _company_start_uniq = models.Constraint(
        "UNIQUE(company_id, date_from)",
        "This company has a period that begins on that day.",
    )

    @api.model
    def _default_date_from(self):
        last = self.search([("company_id", "=", self.env.company.id)], limit=1)
        if last:
            return last.date_to + relativedelta(days=1)
        return fields.Date.context_today(self).replace(day=1)

    @api.depends("date_from")
    def _compute_date_to(self):
        for period in self:
            if period.date_from:
                period.date_to = period.date_from + relativedelta(day=31)

    @api.depends("date_from", "date_to")
    def _compute_name(self):
        for period in self:
            start, end = period.date_from, period.date_to
            if not start or not end:
                period.name = False
            elif start.day == 1 and end == start + relativedelta(day=31):
                period.name = f"{start:%Y-%m}"
            else:
                period.name = f"{start} - {end}"

    @api.depends("statement_ids.amount_total", "statement_ids.state")
    def _compute_statements(self):
        groups = self.env["o2o.settlement"]._read_group(
            [("period_id", "in", self.ids), ("state", "!=", "cancelled")],
            ["period_id"],
            ["__count", "amount_total:sum"],
        )
        figures = {period: (count, total) for period, count, total in groups}
        for period in self:
            period.statement_count, period.statement_total = figures.get(
                period, (0, 0.0)
            )

    @api.depends("date_to", "state")
    def _compute_amount_accrued(self):
        for period in self:
            [(total,)] = self.env["o2o.split.line"]._read_group(
                period._accrued_domain(), [], ["amount:sum"]
            )
            period.amount_accrued = total

    def _accrued_domain(self):
        return [
            ("company_id", "=", self.company_id.id),
            ("state", "not in", ("kept", "passed")),
            ("date", "<=", self.date_to),
            ("release_date", ">", self.date_to),
        ]

    @api.constrains("company_id", "date_from", "date_to")
    def _check_overlap(self):
        for period in self:
            other = self.search(
                [
                    ("id", "!=", period.id),
                    ("company_id", "=", period.company_id.id),
                    ("date_from", "<=", period.date_to),
                    ("date_to", ">=", period.date_from),
                ],
                limit=1,
            )
            if other:
                raise ValidationError(
                    self.env._(
                        "%(start)s to %(end)s overlaps period %(other)s. Choose other dates.",
                        start=period.date_from,
                        end=period.date_to,
                        other=other.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: begin open, whatever the context or a kept default says."""
        for vals in vals_list:
            self._check_protected(vals)
        new = self._prepare_new_vals()
        return super().create([new | vals for vals in vals_list])

    def _prepare_new_vals(self):
        """Return the values of what this room's own methods write later. Extend here."""
        return {"state": "open", "closed_by_id": False, "closed_on": False}

    def write(self, vals):
        self._check_protected(vals)
        dates = {"company_id", "date_from", "date_to"} & set(vals)
        if dates and any(period.state != "open" for period in self):
            raise UserError(
                self.env._("The dates of a period can't change once it has statements.")
            )
        return super().write(vals)

    def _check_protected(self, vals):
        """Refuse what only this room's own methods may write."""
        internal = self.env.context.get("o2o_internal") is INTERNAL
        if not internal and PROTECTED_FIELDS & set(vals):
            raise UserError(
                self.env._(
                    "The state of a period can't be entered: make its statements, work off "
                    "the checklist and close it."
                )
            )

    def _set(self, **values):
        """Write protected fields from this room's own methods."""
        return self.with_context(o2o_internal=INTERNAL).write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for period in self:
            if period.state != "open":
                raise UserError(
                    self.env._(
                        "Period %(name)s has statements and stays.",
                        name=period.display_name,
                    )
                )

    def _lock(self):
        """Take the period rows, waiting for whoever makes statements or closes just now.

        An update, not a mere lock: whoever waited gets a serialisation failure and is replayed
        by Odoo on what the other one left.
        """
        if self:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "UPDATE o2o_settlement_period SET write_date = now() AT TIME ZONE 'UTC'"
                    " WHERE id IN %s",
                    tuple(self.ids),
                ),
                log_exceptions=False,
            )
            self.invalidate_recordset(["state"])

    def _require_not_closed(self):
        self.ensure_one()
        if self.state == "closed":
            raise UserError(
                self.env._(
                    "Period %(name)s is closed. What comes now belongs to the next period.",
                    name=self.name,
                )
            )

    def action_view_statements(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_settlement_action"
        )
        return action | {
            "domain": [("period_id", "in", self.ids)],
            "context": {"default_period_id": self[:1].id},
        }

    def action_view_accrued(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Accrued, not released by %(date)s", date=self.date_to),
            "res_model": "o2o.split.line",
            "view_mode": "list,form",
            "domain": self._accrued_domain(),
        }
