import logging
from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import api, models
from odoo.service.model import PG_CONCURRENCY_EXCEPTIONS_TO_RETRY
from odoo.tools import SQL

from ...engine.cycles import CYCLES, spans

_logger = logging.getLogger(__name__)
SHORT_CYCLES = tuple(cycle for cycle in CYCLES if cycle != "month")


class O2oSettlementPeriod(models.Model):
    """Making a period's statements.

    The computing part is a fixed number of SQL statements, whatever the number of lines and
    payees: one that makes statements, one that gives them their lines, one their offsets, one
    that brings what was carried forward, one that adds up.
    """

    _inherit = "o2o.settlement.period"

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
                period._set(state="closing")
        return self.action_view_statements() if len(self) == 1 else True

    def _make_statements(self, cycles=CYCLES):
        """Run the set-based statements of one period, in this order."""
        if not self._spans(cycles):
            return
        self.env.flush_all()
        for query in self._making_sql(cycles):
            self.env.cr.execute(query)
        self.env.invalidate_all(flush=False)

    def _making_sql(self, cycles):
        """Return the SQL statements that make the drafts, in this order. Extend here."""
        return [
            self._insert_statements_sql(cycles),
            self.env["o2o.split.line"]._mark_stated_sql(self),
            self.env["o2o.clearing.line"]._mark_stated_sql(self),
            self._bring_carry_sql(),
            self._add_up_sql(),
        ]

    @api.model
    def _cron_make_statements(self):
        """Make the statements of payees whose day, week or half month is over.

        Accountants make the monthly ones. They also send what this makes, unless the company
        has it sent at once: a draft shows nothing to its payee.
        """
        for company in self.env["res.company"].search([]):
            if not company._o2o_is_split_ready():
                continue
            try:
                with self.env.cr.savepoint():
                    self._open_periods(company)._make_short_cycles()
            except PG_CONCURRENCY_EXCEPTIONS_TO_RETRY:
                raise  # the whole job is run again
            except Exception:  # of one company: it stops no other
                _logger.exception("%s: statements not made", company.name)

    def _make_short_cycles(self):
        for period in self.sorted("date_from"):
            period._lock()
            if period.state == "closed":
                continue
            period._make_statements(SHORT_CYCLES)
            if period.state == "open" and period.statement_ids:
                period._set(state="closing")

    @api.model
    def _open_periods(self, company):
        """Return the open periods up to yesterday; that month's is made when it is needed."""
        yesterday = company._o2o_today() - timedelta(days=1)
        own = [("company_id", "=", company.id), ("date_from", "<=", yesterday)]
        waiting = self.env["o2o.split.line"].search_count(
            [
                ("company_id", "=", company.id),
                ("state", "in", ("pending", "released")),
                ("partner_id.o2o_settlement_cycle", "in", SHORT_CYCLES),
            ],
            limit=1,
        )
        covered = self.search_count([*own, ("date_to", ">=", yesterday)], limit=1)
        if waiting and not covered:
            first = yesterday + relativedelta(day=1)
            last = yesterday + relativedelta(day=31)
            among = [("date_from", "<=", last), ("date_to", ">=", first)]
            closed = company.o2o_closed_until and company.o2o_closed_until >= first
            if not closed and not self.search_count([own[0], *among], limit=1):
                self.create({"company_id": company.id, "date_from": first})
        return self.search([*own, ("state", "!=", "closed")])

    def _eligible_sql(self):
        """Return the condition on split line ``l``: posted, owed, unstated and released by then."""
        return SQL(
            """l.company_id = %s AND l.statement_id IS NULL AND l.state IN ('pending', 'released')
               AND l.move_line_id IS NOT NULL AND GREATEST(l.release_date, l.date) <= %s""",
            self.company_id.id,
            self.date_to,
        )

    def _open_clearing_sql(self):
        """Return the condition on clearing line ``k``: open, released and booked by then."""
        return SQL(
            """k.company_id = %s AND k.state = 'open'
               AND GREATEST(k.release_date, k.date) <= %s AND k.release_date IS NOT NULL""",
            self.company_id.id,
            self.date_to,
        )

    def _open_carry_sql(self):
        """Return the condition on statement ``c``: carried, and not taken up by a later one."""
        return SQL(
            """c.company_id = %s AND c.state = 'confirmed' AND c.carried
               AND c.carried_to_id IS NULL AND c.date_to < %s""",
            self.company_id.id,
            self.date_to,
        )

    # === Who gets a statement for which days ===
    def _spans(self, cycles):
        """Return ``[(cycle, first day, last day)]`` of the statements this period may get.

        A payee's day, week or half is stated once it is over; the whole period at any time.
        """
        today = self.company_id._o2o_today()
        return [
            (cycle, span.first, span.last)
            for cycle in cycles
            for span in spans(cycle, self.date_from, self.date_to)
            if cycle == "month" or span.last < today
        ]

    def _takers_sql(self, cycles):
        """Return the SELECT of payees and the days of the statements they need.

        A line belongs to the first span that ends on its day or later and whose statement
        hasn't left yet.
        """
        return SQL(
            """
            SELECT DISTINCT p.id, span.date_from, span.date_to
              FROM (%(wanted)s) wanted
              JOIN res_partner p ON p.id = wanted.partner_id
             CROSS JOIN LATERAL (
                SELECT v.date_from, v.date_to
                  FROM (VALUES %(spans)s) v (cycle, date_from, date_to)
                 WHERE v.cycle = COALESCE(p.o2o_settlement_cycle, 'month')
                   AND v.date_to >= wanted.day
                   AND (wanted.after IS NULL OR v.date_from > wanted.after)
                   AND NOT EXISTS (
                        SELECT 1 FROM o2o_settlement gone
                         WHERE gone.company_id = %(company)s AND gone.partner_id = p.id
                           AND gone.date_from = v.date_from AND gone.date_to = v.date_to
                           AND gone.state != 'cancelled' AND gone.state != 'draft')
                 ORDER BY v.date_to LIMIT 1) span
            """,
            wanted=self._wanted_sql(),
            spans=SQL(", ").join(
                SQL("(%s::varchar, %s::date, %s::date)", *span)
                for span in self._spans(cycles)
            ),
            company=self.company_id.id,
        )

    def _wanted_sql(self):
        """Return the SELECT of payees and days with open lines or offsets, or with a carry
        that can now be paid."""
        return SQL(
            """
            SELECT l.partner_id, GREATEST(l.release_date, l.date) AS day, NULL::date AS after
              FROM o2o_split_line l WHERE %(eligible)s GROUP BY 1, 2
             UNION
            SELECT k.partner_id, GREATEST(k.release_date, k.date), NULL
              FROM o2o_clearing_line k WHERE %(offsets)s
             UNION
            SELECT c.partner_id, MAX(c.date_to), MAX(c.date_to)
              FROM o2o_settlement c JOIN res_partner q ON q.id = c.partner_id
             WHERE %(carry)s
             GROUP BY c.partner_id
            HAVING SUM(c.amount_total + c.amount_offsets) > 0
               AND SUM(c.amount_total + c.amount_offsets)
                   >= COALESCE(NULLIF(MAX(q.o2o_minimum_payout), 0), %(minimum)s)
            """,
            eligible=self._eligible_sql(),
            offsets=self._open_clearing_sql(),
            carry=self._open_carry_sql(),
            minimum=self.company_id.o2o_minimum_payout,
        )

    def _insert_statements_sql(self, cycles):
        """One statement per payee and span that needs one."""
        return SQL(
            """
            INSERT INTO o2o_settlement (
                name, company_id, period_id, partner_id, date_from, date_to, state, payee_kind,
                opening_carry, amount_lines, amount_total, amount_offsets, carried,
                create_uid, create_date, write_uid, write_date)
            SELECT CONCAT('ST/', to_char(taker.date_from, 'YYYY/MM'), '/',
                          CASE WHEN taker.date_from > %(date_from)s OR taker.date_to < %(date_to)s
                               THEN to_char(taker.date_from, 'DD')
                                    || to_char(NULLIF(taker.date_to, taker.date_from), '-DD')
                          END || '/',
                          COALESCE(NULLIF(p.dealer_code, ''), 'P' || p.id),
                          NULLIF('-' || COUNT(old.id), '-0')),
                   %(company)s, %(period)s, p.id, taker.date_from, taker.date_to, 'draft',
                   CASE WHEN %(business)s THEN 'business' ELSE 'individual' END,
                   0, 0, 0, 0, FALSE,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM (%(takers)s) taker JOIN res_partner p ON p.id = taker.id
              LEFT JOIN o2o_settlement old
                     ON old.period_id = %(period)s AND old.partner_id = p.id
                    AND old.date_from = taker.date_from AND old.date_to = taker.date_to
             GROUP BY p.id, taker.date_from, taker.date_to
            ON CONFLICT (company_id, partner_id, date_from, date_to) WHERE state != 'cancelled'
            DO NOTHING
            """,
            business=self.env["res.partner"]._o2o_is_business_sql("p"),
            takers=self._takers_sql(cycles),
            date_from=self.date_from,
            date_to=self.date_to,
            company=self.company_id.id,
            period=self.id,
            uid=self.env.uid,
        )

    def _drafts_sql(self):
        """Return the SELECT of the draft statements and the day after which each takes lines."""
        return SQL(
            """SELECT d.id, d.partner_id, d.date_to,
                      LAG(d.date_to) OVER (
                        PARTITION BY d.partner_id ORDER BY d.date_to, d.date_from DESC) AS after
                 FROM o2o_settlement d WHERE d.period_id = %s AND d.state = 'draft'""",
            self.id,
        )

    def _is_of_draft_sql(self, day):
        """Return the condition that draft ``s`` of `_drafts_sql` takes what is of ``day``."""
        return SQL(
            "%(day)s <= s.date_to AND (s.after IS NULL OR %(day)s > s.after)", day=day
        )

    def _bring_carry_sql(self):
        """Give open carries to the payee's next draft statement of this period."""
        return SQL(
            """
            UPDATE o2o_settlement c SET carried_to_id = s.id
              FROM (SELECT DISTINCT ON (c.id) c.id AS carry_id, d.id
                      FROM o2o_settlement c
                      JOIN o2o_settlement d ON d.partner_id = c.partner_id
                       AND d.period_id = %s AND d.state = 'draft' AND d.date_from > c.date_to
                     WHERE %s
                     ORDER BY c.id, d.date_to) s
             WHERE c.id = s.carry_id
            """,
            self.id,
            self._open_carry_sql(),
        )

    def _add_up_sql(self, ids=None):
        """Write the totals of this period's drafts, or of its statements ``ids``."""
        which = (
            SQL("d.id IN %s", tuple(ids))
            if ids is not None
            else SQL("d.state = 'draft'")
        )
        return SQL(
            """
            UPDATE o2o_settlement s
               SET opening_carry = f.carry, amount_lines = f.lines,
                   amount_total = f.carry + f.lines, amount_offsets = f.offsets
              FROM (SELECT d.id, COALESCE(SUM(part.carry), 0) AS carry,
                           COALESCE(SUM(part.lines), 0) AS lines,
                           COALESCE(SUM(part.offsets), 0) AS offsets
                      FROM o2o_settlement d
                      LEFT JOIN (
                        SELECT l.statement_id AS id, 0 AS carry, l.amount AS lines,
                               0 AS offsets
                          FROM o2o_split_line l JOIN o2o_settlement own ON own.id = l.statement_id
                         WHERE own.period_id = %(period)s
                         UNION ALL
                        SELECT k.settlement_id, 0, 0, k.amount
                          FROM o2o_clearing_line k
                          JOIN o2o_settlement own ON own.id = k.settlement_id
                         WHERE own.period_id = %(period)s
                         UNION ALL
                        SELECT c.carried_to_id, c.amount_total, 0, c.amount_offsets
                          FROM o2o_settlement c JOIN o2o_settlement own ON own.id = c.carried_to_id
                         WHERE own.period_id = %(period)s
                      ) part ON part.id = d.id
                     WHERE d.period_id = %(period)s AND %(which)s
                     GROUP BY d.id) f
             WHERE s.id = f.id
            """,
            period=self.id,
            which=which,
        )
