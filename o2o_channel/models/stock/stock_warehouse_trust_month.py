from odoo import api, fields, models
from odoo.tools import SQL


class StockWarehouse(models.Model):
    """The hourly pass: trust, its history, and the bonus of the month."""

    _inherit = "stock.warehouse"

    @api.model
    def _cron_o2o_trust(self):
        """Freshness moves with time: learn all stores' trust anew, and note it."""
        stores = self.search([("dealer_id", "!=", False)])
        stores._o2o_refresh_trust(wait=False)
        for company in stores.company_id:
            today = company._o2o_today()
            self.env["o2o.trust.history"]._sample(company, today)
            self._o2o_close_month(company, today)

    @api.model
    def _o2o_close_month(self, company, today):
        """Record last month's mean trust and set this month's bonus; safe to repeat."""
        this_month = today.replace(day=1)
        last_month = fields.Date.subtract(this_month, months=1)
        months = self.env["o2o.trust.month"]
        # sudo: the settings of the company
        threshold = company.sudo().o2o_bonus_threshold
        size = company.sudo().o2o_bonus_size
        start = company._o2o_midnight(last_month)
        end = company._o2o_midnight(this_month)
        self.env["stock.warehouse"].flush_model()
        self.env["o2o.trust.event"].flush_model()
        self.env["o2o.trust.history"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH mean AS (
                    SELECT h.warehouse_id AS id, ROUND(AVG(h.trust), 4) AS trust,
                           COUNT(*) AS days,
                           (w.o2o_last_feed >= %(start)s) IS TRUE OR EXISTS (
                               SELECT 1 FROM o2o_trust_event e
                                WHERE e.warehouse_id = h.warehouse_id
                                  AND e.state != 'struck'
                                  AND e.date >= %(start)s AND e.date < %(end)s) AS proven
                      FROM o2o_trust_history h
                      JOIN stock_warehouse w ON w.id = h.warehouse_id
                     WHERE h.company_id = %(company)s
                       AND h.date >= %(last)s AND h.date < %(this)s
                     GROUP BY h.warehouse_id, w.o2o_last_feed
                )
                INSERT INTO o2o_trust_month (warehouse_id, company_id, month, trust, days,
                            proven, bonus)
                SELECT id, %(company)s, %(last)s, trust, days, proven,
                       CASE WHEN proven AND trust >= %(threshold)s THEN %(size)s ELSE 0 END
                  FROM mean
                    ON CONFLICT (warehouse_id, month) DO NOTHING
                """,
                start=start,
                end=end,
                company=company.id,
                last=last_month,
                this=this_month,
                threshold=threshold,
                size=size,
            )
        )
        months.invalidate_model(flush=False)
        self._o2o_set_bonus(company, last_month)

    @api.model
    def _o2o_set_bonus(self, company, month):
        """The stores' bonus is that of the month before, and none without a record."""
        self.env.cr.execute(
            SQL(
                """UPDATE stock_warehouse w SET o2o_routing_bonus = COALESCE(m.bonus, 0)
                     FROM stock_warehouse o LEFT JOIN o2o_trust_month m
                          ON m.warehouse_id = o.id AND m.month = %s
                    WHERE o.id = w.id AND w.company_id = %s AND w.dealer_id IS NOT NULL
                      AND COALESCE(w.o2o_routing_bonus, 0) != COALESCE(m.bonus, 0)""",
                month,
                company.id,
            ),
            log_exceptions=False,
        )
        self.invalidate_model(["o2o_routing_bonus"], flush=False)
