from odoo import models
from odoo.tools import SQL


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

    def _make_statements(self):
        """Run the set-based statements of one period, in this order."""
        self.env.flush_all()
        for query in (
            self._insert_statements_sql(),
            self.env["o2o.split.line"]._mark_stated_sql(self),
            self.env["o2o.clearing.line"]._mark_stated_sql(self),
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
            self.date_from,
        )

    def _insert_statements_sql(self):
        """One statement per payee with eligible lines or offsets, or a carry that can now be paid."""
        return SQL(
            """
            WITH payee AS (
                SELECT l.partner_id FROM o2o_split_line l WHERE %(eligible)s
                UNION
                SELECT k.partner_id FROM o2o_clearing_line k WHERE %(offsets)s
                UNION
                SELECT c.partner_id FROM o2o_settlement c WHERE %(carry)s
                 GROUP BY c.partner_id
                HAVING SUM(c.amount_total + c.amount_offsets) > 0
                   AND SUM(c.amount_total + c.amount_offsets) >= %(minimum)s)
            INSERT INTO o2o_settlement (
                name, company_id, period_id, partner_id, date_from, date_to, state, payee_kind,
                opening_carry, amount_lines, amount_total, amount_offsets, carried,
                create_uid, create_date, write_uid, write_date)
            SELECT CONCAT('ST/', to_char(%(date_from)s::date, 'YYYY/MM'), '/',
                          COALESCE(NULLIF(p.dealer_code, ''), 'P' || p.id),
                          NULLIF('-' || COUNT(old.id), '-0')),
                   %(company)s, %(period)s, p.id, %(date_from)s, %(date_to)s, 'draft',
                   CASE WHEN %(business)s THEN 'business' ELSE 'individual' END,
                   0, 0, 0, 0, FALSE,
                   %(uid)s, now() AT TIME ZONE 'UTC', %(uid)s, now() AT TIME ZONE 'UTC'
              FROM payee JOIN res_partner p ON p.id = payee.partner_id
              LEFT JOIN o2o_settlement old ON old.period_id = %(period)s AND old.partner_id = p.id
             GROUP BY p.id
            ON CONFLICT (company_id, partner_id, date_from, date_to) WHERE state != 'cancelled'
            DO NOTHING
            """,
            business=self.env["res.partner"]._o2o_is_business_sql("p"),
            eligible=self._eligible_sql(),
            offsets=self._open_clearing_sql(),
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
