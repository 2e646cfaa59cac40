from odoo import api, fields, models
from odoo.tools import SQL


class O2oTrustHistory(models.Model):
    """A store's trust on each day: the mean of the figures of its hours."""

    _name = "o2o.trust.history"
    _description = "Trust per Store and Day"
    _order = "date desc, warehouse_id"
    _rec_name = "warehouse_id"
    _log_access = False  # written in bulk, every hour

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    date = fields.Date(required=True, readonly=True)
    trust = fields.Float(digits=(7, 6), readonly=True, aggregator="avg")
    fill = fields.Float(
        string="Fill Rate", digits=(7, 6), readonly=True, aggregator="avg"
    )
    count_accuracy = fields.Float(digits=(7, 6), readonly=True, aggregator="avg")
    freshness = fields.Float(digits=(7, 6), readonly=True, aggregator="avg")
    samples = fields.Integer(readonly=True, aggregator=None)

    _store_day_uniq = models.Constraint(
        "UNIQUE(warehouse_id, date)", "The store has a trust for this day."
    )

    @api.model
    def _sample(self, company, day):
        """Add the company's stores as they are now to the means of the day."""
        stores = self.env["stock.warehouse"]
        stores.flush_model()
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_trust_history AS h (warehouse_id, company_id, date,
                          trust, fill, count_accuracy, freshness, samples)
                   SELECT id, company_id, %s, o2o_trust, o2o_trust_fill,
                          o2o_trust_count, o2o_trust_freshness, 1
                     FROM stock_warehouse
                    WHERE active AND dealer_id IS NOT NULL AND company_id = %s
              ON CONFLICT (warehouse_id, date) DO UPDATE SET samples = h.samples + 1,
                   trust = (h.trust * h.samples + excluded.trust) / (h.samples + 1),
                   fill = (h.fill * h.samples + excluded.fill) / (h.samples + 1),
                   count_accuracy = (h.count_accuracy * h.samples
                       + excluded.count_accuracy) / (h.samples + 1),
                   freshness = (h.freshness * h.samples + excluded.freshness)
                       / (h.samples + 1)""",
                day,
                company.id,
            )
        )
        self.invalidate_model(flush=False)
