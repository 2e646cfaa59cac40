from odoo import fields, models

# Months in the zone of the company; a dealer without orders has a row when something was
# agreed for the month.
QUERY = """
   WITH zone AS (
       SELECT c.id AS company_id, COALESCE(p.tz, 'UTC') AS name
         FROM res_company c JOIN res_partner p ON p.id = c.partner_id
   ), months AS (
       SELECT d.company_id, d.dealer_id, count(*) AS legs,
              date_trunc('month', d.offered_at AT TIME ZONE 'UTC'
                         AT TIME ZONE z.name)::date AS month
         FROM o2o_dispatch d JOIN zone z ON z.company_id = d.company_id
        WHERE d.offered_at IS NOT NULL AND d.dealer_id IS NOT NULL
          AND d.state NOT IN ('rejected', 'expired', 'cancelled')
        GROUP BY 1, 2, 4
   ), agreed AS (
       SELECT s.company_id, s.dealer_id, m.month
         FROM o2o_routing_share s
         JOIN (SELECT DISTINCT company_id, month FROM months) m
           ON m.company_id = s.company_id AND s.active
          AND s.date_from < m.month + interval '1 month'
          AND (s.date_to IS NULL OR s.date_to >= m.month)
   ), cells AS (
       SELECT company_id, dealer_id, month FROM months
        UNION SELECT company_id, dealer_id, month FROM agreed
   ), limits AS (
       SELECT a.company_id, a.dealer_id, a.month,
              max(s.value) FILTER (WHERE kind = 'floor' AND unit = 'percent')
                  AS floor_percent,
              max(s.value) FILTER (WHERE kind = 'floor' AND unit = 'orders')
                  AS floor_orders,
              min(s.value) FILTER (WHERE kind = 'quota' AND unit = 'percent')
                  AS quota_percent,
              min(s.value) FILTER (WHERE kind = 'quota' AND unit = 'orders')
                  AS quota_orders
         FROM (SELECT DISTINCT * FROM agreed) a
         JOIN o2o_routing_share s
           ON s.company_id = a.company_id AND s.dealer_id = a.dealer_id
          AND s.active AND s.date_from < a.month + interval '1 month'
          AND (s.date_to IS NULL OR s.date_to >= a.month)
        GROUP BY 1, 2, 3
   ), cost AS (
       SELECT b.company_id, sum(b.share_km) AS km,
              date_trunc('month', b.planned_at AT TIME ZONE 'UTC'
                         AT TIME ZONE z.name)::date AS month
         FROM o2o_routing_batch b JOIN zone z ON z.company_id = b.company_id
        WHERE b.state = 'done' AND b.has_shares
        GROUP BY 1, 3
   ), figures AS (
       SELECT c.company_id, c.dealer_id, c.month, COALESCE(m.legs, 0) AS legs,
              sum(COALESCE(m.legs, 0))
                  OVER (PARTITION BY c.company_id, c.month) AS total
         FROM cells c
    LEFT JOIN months m USING (company_id, dealer_id, month)
   )
   SELECT row_number() OVER (ORDER BY f.month, f.company_id, f.dealer_id) AS id,
          f.month, f.company_id, f.dealer_id, f.legs, f.total,
          CASE WHEN f.total > 0 THEN 100.0 * f.legs / f.total END AS percent,
          l.floor_percent, l.floor_orders, l.quota_percent, l.quota_orders,
          CASE WHEN f.legs < l.floor_orders
                 OR 100.0 * f.legs < l.floor_percent * f.total THEN 'short'
               WHEN f.legs > l.quota_orders
                 OR 100.0 * f.legs > l.quota_percent * f.total THEN 'over'
               WHEN l.dealer_id IS NULL THEN 'free'
               ELSE 'kept' END AS verdict,
          cost.km AS share_km
     FROM figures f
LEFT JOIN limits l USING (company_id, dealer_id, month)
LEFT JOIN cost USING (company_id, month)
"""


class O2oRoutingShareReport(models.Model):
    """Shares of dealers per month: what each got beside what was agreed.

    A month is the calendar month of the company. Counted are the legs offered in it that
    the dealer still has; the cost is that of the batches applied in the month."""

    _name = "o2o.routing.share.report"
    _description = "Shares of Dealers"
    _auto = False
    _order = "month desc, percent desc, id"
    _rec_name = "dealer_id"

    month = fields.Date(readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    dealer_id = fields.Many2one("res.partner", readonly=True)
    legs = fields.Integer(string="Orders", readonly=True)
    total = fields.Integer(string="Of All Dealers", readonly=True, aggregator=None)
    percent = fields.Float(string="Share (%)", digits=(6, 2), readonly=True)
    floor_percent = fields.Float(
        string="At Least (%)", digits=(6, 2), readonly=True, aggregator=None
    )
    floor_orders = fields.Float(
        string="At Least (Orders)", digits=(10, 0), readonly=True, aggregator=None
    )
    quota_percent = fields.Float(
        string="At Most (%)", digits=(6, 2), readonly=True, aggregator=None
    )
    quota_orders = fields.Float(
        string="At Most (Orders)", digits=(10, 0), readonly=True, aggregator=None
    )
    verdict = fields.Selection(
        [
            ("short", "Short of Its Floor"),
            ("kept", "As Agreed"),
            ("over", "Over Its Quota"),
            ("free", "Nothing Agreed"),
        ],
        readonly=True,
    )
    share_km = fields.Float(
        string="Cost of Shares (km)",
        digits=(14, 1),
        readonly=True,
        aggregator="max",
        help="Of all shares in the month's batches together.",
    )

    @property
    def _table_query(self):
        return QUERY
