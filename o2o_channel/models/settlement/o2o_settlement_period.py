from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class O2oSettlementPeriod(models.Model):
    """A month (or other span) for which payees get statements, and which is then closed.

    The computing part is a fixed number of SQL statements, whatever the number of lines and
    payees: one that makes statements, one that gives them their lines, one that brings what
    was carried forward, one that adds up.
    """

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
            ("state", "!=", "kept"),
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

    def write(self, vals):
        dates = {"company_id", "date_from", "date_to"} & set(vals)
        if dates and any(period.state != "open" for period in self):
            raise UserError(
                self.env._("The dates of a period can't change once it has statements.")
            )
        return super().write(vals)

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

    # === Making statements ===
    def action_make_statements(self):
        """Make or complete the draft statements of these periods; safe to run again.

        A rerun adds what has been released since to statements that are still drafts. Lines
        that come after a statement was sent wait for the next period.
        """
        self.env["o2o.settlement"].check_access("write")
        self.check_access("write")
        self._lock()
        for period in self:
            period._require_not_closed()
            period.company_id._o2o_check_settlement_set_up()
            period._make_statements()
            if period.state == "open":
                period.state = "closing"
        return self.action_view_statements() if len(self) == 1 else True

    def _make_statements(self):
        """Run the set-based statements of one period, in this order."""
        self.env.flush_all()
        for query in (
            self._insert_statements_sql(),
            self.env["o2o.split.line"]._mark_stated_sql(self),
            self._bring_carry_sql(),
            self._add_up_sql(),
        ):
            self.env.cr.execute(query)
        self.env.invalidate_all(flush=False)

    def _eligible_sql(self):
        """Return the condition on split line ``l``: posted, owed, unstated and released by then."""
        return SQL(
            """l.company_id = %s AND l.statement_id IS NULL AND l.state IN ('pending', 'released')
               AND l.move_line_id IS NOT NULL AND GREATEST(l.release_date, l.date) <= %s""",
            self.company_id.id,
            self.date_to,
        )

    def _open_carry_sql(self):
        """Return the condition on statement ``c``: carried, and not taken up by a later one."""
        return SQL(
            """c.company_id = %s AND c.state = 'confirmed' AND c.carried
               AND c.carried_to_id IS NULL AND c.date_to < %s""",
            self.company_id.id,
            self.date_from,
        )

    def _insert_statements_sql(self):
        """One statement per payee with eligible lines, or with a carry that can now be paid."""
        return SQL(
            """
            WITH payee AS (
                SELECT l.partner_id FROM o2o_split_line l WHERE %(eligible)s
                UNION
                SELECT c.partner_id FROM o2o_settlement c WHERE %(carry)s
                 GROUP BY c.partner_id
                HAVING SUM(c.amount_total) > 0 AND SUM(c.amount_total) >= %(minimum)s)
            INSERT INTO o2o_settlement (
                name, company_id, period_id, partner_id, date_from, date_to, state, payee_kind,
                opening_carry, amount_lines, amount_total, carried,
                create_uid, create_date, write_uid, write_date)
            SELECT CONCAT('ST/', to_char(%(date_from)s::date, 'YYYY/MM'), '/',
                          COALESCE(NULLIF(p.dealer_code, ''), 'P' || p.id),
                          NULLIF('-' || COUNT(old.id), '-0')),
                   %(company)s, %(period)s, p.id, %(date_from)s, %(date_to)s, 'draft',
                   CASE WHEN p.o2o_taxpayer IS DISTINCT FROM 'individual'
                         AND (p.is_dealer OR p.is_company)
                        THEN 'business' ELSE 'individual' END,
                   0, 0, 0, FALSE,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM payee JOIN res_partner p ON p.id = payee.partner_id
              LEFT JOIN o2o_settlement old ON old.period_id = %(period)s AND old.partner_id = p.id
             GROUP BY p.id
            ON CONFLICT (company_id, partner_id, date_from, date_to) WHERE state != 'cancelled'
            DO NOTHING
            """,
            eligible=self._eligible_sql(),
            carry=self._open_carry_sql(),
            minimum=self.company_id.o2o_minimum_payout,
            date_from=self.date_from,
            date_to=self.date_to,
            company=self.company_id.id,
            period=self.id,
            uid=self.env.uid,
        )

    def _bring_carry_sql(self):
        """Give open carries to the payee's draft statement of this period."""
        return SQL(
            """
            UPDATE o2o_settlement c SET carried_to_id = s.id
              FROM o2o_settlement s
             WHERE s.period_id = %s AND s.state = 'draft' AND s.partner_id = c.partner_id AND %s
            """,
            self.id,
            self._open_carry_sql(),
        )

    def _add_up_sql(self):
        """Write the totals of this period's drafts."""
        return SQL(
            """
            UPDATE o2o_settlement s
               SET opening_carry = COALESCE(f.carry, 0), amount_lines = COALESCE(f.lines, 0),
                   amount_total = COALESCE(f.carry, 0) + COALESCE(f.lines, 0)
              FROM (SELECT d.id, SUM(part.carry) AS carry, SUM(part.lines) AS lines
                      FROM o2o_settlement d
                      LEFT JOIN (
                        SELECT l.statement_id AS id, 0 AS carry, l.amount AS lines
                          FROM o2o_split_line l JOIN o2o_settlement own ON own.id = l.statement_id
                         WHERE own.period_id = %(period)s
                         UNION ALL
                        SELECT c.carried_to_id, c.amount_total, 0
                          FROM o2o_settlement c JOIN o2o_settlement own ON own.id = c.carried_to_id
                         WHERE own.period_id = %(period)s
                      ) part ON part.id = d.id
                     WHERE d.period_id = %(period)s AND d.state = 'draft'
                     GROUP BY d.id) f
             WHERE s.id = f.id
            """,
            period=self.id,
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

    # === Seam for the split room: which days are still open ===
    @api.model
    def _o2o_first_open_date(self, company, date):
        """Return ``date``, or the first day after it that lies in no closed period."""
        closed = self.sudo().search(
            [
                ("company_id", "=", company.id),
                ("state", "=", "closed"),
                ("date_to", ">=", date),
            ],
            order="date_from",
        )
        for period in closed:
            if period.date_from <= date <= period.date_to:
                date = period.date_to + relativedelta(days=1)
        return date

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
