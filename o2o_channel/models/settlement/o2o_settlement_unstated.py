from odoo import models
from odoo.tools import SQL

from ...engine.cycles import CYCLES, spans


class O2oSettlementPeriod(models.Model):
    """The close's look at lines without a statement: forgotten ones, and those that wait.

    What is posted after a payee's statement has left waits for the payee's next statement.
    It never keeps the month open: no statement of the month could take it.
    """

    _inherit = "o2o.settlement.period"

    def _unstated(self, model, eligible, waiting):
        """Return the released lines without statement that the month's statements can still
        take, or those that they can't (``waiting``)."""
        line = SQL(
            """SELECT x.id FROM (%(eligible)s) x JOIN res_partner p ON p.id = x.partner_id
                WHERE %(no)s EXISTS (
                    SELECT 1 FROM (VALUES %(spans)s) v (cycle, date_from, date_to)
                     WHERE v.cycle = COALESCE(p.o2o_settlement_cycle, 'month')
                       AND v.date_to >= x.day
                       AND NOT EXISTS (
                            SELECT 1 FROM o2o_settlement gone
                             WHERE gone.company_id = %(company)s AND gone.partner_id = p.id
                               AND gone.date_from = v.date_from AND gone.date_to = v.date_to
                               AND gone.state NOT IN ('cancelled', 'draft')))
                ORDER BY x.id""",
            eligible=eligible,
            no=SQL("NOT") if waiting else SQL(),
            spans=SQL(", ").join(
                SQL("(%s::varchar, %s::date, %s::date)", cycle, span.first, span.last)
                for cycle in CYCLES
                for span in spans(cycle, self.date_from, self.date_to)
            ),
            company=self.company_id.id,
        )
        return self.env[model].browse([i for (i,) in self.env.execute_query(line)])

    def _unstated_shares(self, waiting=False):
        eligible = SQL(
            """SELECT l.id, l.partner_id, GREATEST(l.release_date, l.date) AS day
                 FROM o2o_split_line l WHERE %s""",
            self._eligible_sql(),
        )
        return self._unstated("o2o.split.line", eligible, waiting)

    def _unstated_clearing(self, waiting=False):
        eligible = SQL(
            """SELECT k.id, k.partner_id, GREATEST(k.release_date, k.date) AS day
                 FROM o2o_clearing_line k WHERE %s""",
            self._open_clearing_sql(),
        )
        return self._unstated("o2o.clearing.line", eligible, waiting)

    def _check_unstated(self):
        lines = self._unstated_shares()
        title = self.env._("Every released line is on a statement")
        amount = sum(lines.mapped("amount"))
        wrong = self.env._("%(n)s not stated, make the statements", n=len(lines))
        return title, not lines, amount, lines, wrong

    def _check_unstated_lines(self):
        """As for shares: a clearing line that may be settled belongs on a statement."""
        lines = self._unstated_clearing()
        title = self.env._("Every open clearing line is on a statement")
        amount = sum(lines.mapped("amount"))
        wrong = self.env._("%(n)s not stated, make the statements", n=len(lines))
        return title, not lines, amount, lines, wrong

    def _check_waiting(self):
        """Name what came after its payee's statement had left, shares before other lines."""
        lines = self._unstated_shares(waiting=True)
        others = self._unstated_clearing(waiting=True)
        title = self.env._("Lines for the next statement are known")
        amount = sum(lines.mapped("amount")) + sum(others.mapped("amount"))
        count = len(lines) + len(others)
        wait = self.env._("%(n)s came after the payee's statement had left", n=count)
        return title, True, amount, lines or others, wait
