from odoo import fields, models
from odoo.tools import SQL


class O2oRejectReport(models.Model):
    """Who turned down what and why: rejections, expiries and legs handed back."""

    _name = "o2o.reject.report"
    _description = "Reject Analysis"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "dispatch_id"

    date = fields.Datetime(readonly=True)
    dispatch_id = fields.Many2one("o2o.dispatch", string="Leg", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    dealer_id = fields.Many2one("res.partner", readonly=True)
    region_id = fields.Many2one("o2o.region", readonly=True)
    channel_id = fields.Many2one("o2o.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    reject_reason_id = fields.Many2one("o2o.reject.reason", readonly=True)
    kind = fields.Selection(
        [
            ("rejected", "Rejected"),
            ("expired", "No Answer"),
            ("handed_back", "Handed Back"),
        ],
        readonly=True,
    )
    note = fields.Char(readonly=True)
    amount = fields.Integer(string="Times", readonly=True)
    minutes = fields.Float(
        string="Minutes Lost",
        readonly=True,
        aggregator="avg",
        help="From the offer to the answer that was none.",
    )

    @property
    def _table_query(self):
        return SQL(
            """
            SELECT x.*, 1 AS amount, o.o2o_region_id AS region_id, l.company_id,
                   l.channel_id,
                   (SELECT product_id FROM o2o_dispatch_line p
                     WHERE p.dispatch_id = l.id ORDER BY id LIMIT 1) AS product_id
              FROM (%s UNION ALL %s UNION ALL %s) x
              JOIN o2o_dispatch l ON l.id = x.dispatch_id
              JOIN sale_order o ON o.id = l.order_id
            """,
            self._query_legs(),
            self._query_offers(),
            self._query_handed_back(),
        )

    def _query_legs(self):
        """Legs of one store; the event says when."""
        return SQL(
            """
            SELECT l.id * 3 AS id, l.id AS dispatch_id, l.warehouse_id, l.dealer_id,
                   l.state AS kind, l.reject_reason_id, l.reject_note AS note,
                   e.date, EXTRACT(EPOCH FROM e.date - l.offered_at) / 60 AS minutes
              FROM o2o_dispatch l
              JOIN LATERAL (SELECT max(date) AS date FROM o2o_dispatch_event e
                             WHERE e.dispatch_id = l.id AND e.state_to = l.state) e
                ON TRUE
             WHERE l.state IN ('rejected', 'expired') AND l.dealer_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM o2o_dispatch_offer f
                                WHERE f.dispatch_id = l.id)
            """
        )

    def _query_offers(self):
        return SQL(
            """
            SELECT f.id * 3 + 1, f.dispatch_id, f.warehouse_id, f.dealer_id, f.state,
                   f.reject_reason_id, f.reject_note, f.answered_at,
                   EXTRACT(EPOCH FROM f.answered_at - f.offered_at) / 60
              FROM o2o_dispatch_offer f
             WHERE f.state IN ('rejected', 'expired')
            """
        )

    def _query_handed_back(self):
        """After accepting; minutes lost are counted from the offer as well."""
        return SQL(
            """
            SELECT e.id * 3 + 2, e.dispatch_id, e.warehouse_id, w.dealer_id,
                   'handed_back', NULL::int, e.note, e.date,
                   EXTRACT(EPOCH FROM e.date - l.offered_at) / 60
              FROM o2o_dispatch_event e
              JOIN o2o_dispatch l ON l.id = e.dispatch_id
              JOIN stock_warehouse w ON w.id = e.warehouse_id
             WHERE e.state_to = 'exception' AND w.dealer_id IS NOT NULL
               AND e.state_from IN ('accepted', 'picked', 'ready')
            """
        )

    def action_open_leg(self):
        return self.dispatch_id._get_form_action()
