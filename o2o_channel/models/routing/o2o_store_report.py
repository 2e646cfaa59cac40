from odoo import api, fields, models
from odoo.tools import SQL


class O2oStoreReport(models.Model):
    """How each store answers and delivers: one row per store asked for a leg.

    Counted are the stores that were offered a leg alone (its row) and those that were
    asked together with others (their offers)."""

    _name = "o2o.store.report"
    _description = "Store Statistics"
    _auto = False
    _order = "date desc, id desc"
    _rec_name = "dispatch_id"

    date = fields.Datetime(string="Offered On", readonly=True)
    dispatch_id = fields.Many2one("o2o.dispatch", string="Leg", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    dealer_id = fields.Many2one("res.partner", readonly=True)
    region_id = fields.Many2one("o2o.region", readonly=True)
    channel_id = fields.Many2one("o2o.channel", readonly=True)
    company_id = fields.Many2one("res.company", readonly=True)
    reject_reason_id = fields.Many2one("o2o.reject.reason", readonly=True)
    delivery_mode = fields.Selection(
        [("home", "Home"), ("pickup", "Pickup")], readonly=True
    )
    outcome = fields.Selection(
        [
            ("open", "Open"),
            ("accepted", "Accepted"),
            ("rejected", "Rejected"),
            ("expired", "Expired"),
            ("lost", "Taken by Another"),
            ("withdrawn", "Withdrawn"),
        ],
        readonly=True,
    )
    offers = fields.Integer(readonly=True)
    accepts = fields.Integer(string="Accepted", readonly=True)
    rejects = fields.Integer(string="Rejected", readonly=True)
    expiries = fields.Integer(string="Expired", readonly=True)
    deliveries = fields.Integer(string="Delivered", readonly=True)
    uncollected = fields.Integer(string="Not Collected", readonly=True)
    accept_rate = fields.Float(
        string="Accept Rate (%)",
        readonly=True,
        aggregator="avg",
        help="Of the offers that were answered or expired; those that another store "
        "took, or headquarters withdrew, don't count.",
    )
    fill_rate = fields.Float(
        string="Fill Rate (%)",
        readonly=True,
        aggregator="avg",
        help="Of the accepted legs that have ended: those that were delivered.",
    )
    on_time_rate = fields.Float(
        string="On Time (%)",
        readonly=True,
        aggregator="avg",
        help="Of the delivered legs: shipped, or ready for pickup, within the "
        "company's hours to ship after accepting.",
    )
    minutes_to_accept = fields.Float(
        string="Minutes until Accepted", readonly=True, aggregator="avg"
    )
    hours_to_ship = fields.Float(
        string="Hours to Ship", readonly=True, aggregator="avg"
    )

    @property
    def _table_query(self):
        """One row per offer; empty figures don't count in the averages."""
        return SQL(
            """
            SELECT asked.*,
                   1 AS offers,
                   (outcome = 'accepted')::int AS accepts,
                   (outcome = 'rejected')::int AS rejects,
                   (outcome = 'expired')::int AS expiries,
                   (state = 'delivered' AND outcome = 'accepted')::int AS deliveries,
                   CASE WHEN outcome IN ('accepted', 'rejected', 'expired')
                        THEN (outcome = 'accepted')::int * 100.0 END AS accept_rate,
                   CASE WHEN outcome = 'accepted'
                         AND state IN ('delivered', 'cancelled', 'exception')
                        THEN (state = 'delivered')::int * 100.0 END AS fill_rate,
                   CASE WHEN outcome = 'accepted' AND state = 'delivered'
                        THEN (hours_to_ship <= hours_allowed)::int * 100.0
                    END AS on_time_rate
              FROM (%s UNION ALL %s UNION ALL %s) asked
            """,
            self._query_alone(),
            self._query_together(),
            self._query_handed_back(),
        )

    @api.model
    def _query_alone(self):
        """Legs that one store was asked for. A leg that was handed back or moved later
        has kept when it was accepted."""
        return SQL(
            """
            SELECT l.id * 3 AS id, l.warehouse_id, l.dealer_id, l.offered_at AS date,
                   CASE WHEN l.accepted_at IS NOT NULL THEN 'accepted'
                        WHEN l.state = 'offered' THEN 'open'
                        WHEN l.state IN ('rejected', 'expired') THEN l.state
                        ELSE 'withdrawn' END AS outcome,
                   %s
              FROM %s
             WHERE l.warehouse_id IS NOT NULL AND l.offered_at IS NOT NULL
               AND l.dealer_id IS NOT NULL
               AND NOT EXISTS (SELECT FROM o2o_dispatch_offer f
                                WHERE f.dispatch_id = l.id)
            """,
            self._columns(SQL("l.reject_reason_id")),
            self._tables(),
        )

    @api.model
    def _query_together(self):
        return SQL(
            """
            SELECT f.id * 3 + 1 AS id, f.warehouse_id, f.dealer_id, f.offered_at AS date,
                   f.state AS outcome, %s
              FROM %s
              JOIN o2o_dispatch_offer f ON f.dispatch_id = l.id
            """,
            self._columns(SQL("f.reject_reason_id")),
            self._tables(),
        )

    @api.model
    def _query_handed_back(self):
        """Legs that a store had accepted and gave back: the leg forgets it, its events
        don't."""
        return SQL(
            """
            SELECT e.id * 3 + 2 AS id, e.warehouse_id, w.dealer_id, e.date,
                   'accepted' AS outcome, %s
              FROM %s
              JOIN o2o_dispatch_event e ON e.dispatch_id = l.id
              JOIN stock_warehouse w ON w.id = e.warehouse_id
             WHERE e.state_to = 'exception' AND w.dealer_id IS NOT NULL
               AND e.state_from IN ('accepted', 'picked', 'ready')
               AND NOT EXISTS (SELECT FROM o2o_dispatch_offer f
                                WHERE f.dispatch_id = l.id
                                  AND f.warehouse_id = e.warehouse_id)
            """,
            self._columns(SQL("NULL::int"), SQL("'exception'"), SQL("NULL::timestamp")),
            self._tables(),
        )

    @api.model
    def _columns(self, reason, state=None, accepted=None):
        return SQL(
            """l.id AS dispatch_id, %(state)s AS state, l.company_id, l.channel_id,
               l.delivery_mode, o.o2o_region_id AS region_id, %(reason)s AS reject_reason_id,
               l.pickup_uncollected::int AS uncollected,
               EXTRACT(EPOCH FROM %(accepted)s - l.offered_at) / 60
                    AS minutes_to_accept,
               EXTRACT(EPOCH FROM COALESCE(l.shipped_at, l.ready_at)
                                       - %(accepted)s)
                    / 3600 AS hours_to_ship,
               c.o2o_ship_hours AS hours_allowed""",
            reason=reason,
            state=state or SQL("l.state"),
            accepted=accepted or SQL("l.accepted_at"),
        )

    @api.model
    def _tables(self):
        return SQL(
            """o2o_dispatch l
               JOIN sale_order o ON o.id = l.order_id
               JOIN res_company c ON c.id = l.company_id"""
        )

    def action_open_leg(self):
        return self.dispatch_id._get_form_action()

    @api.model
    def _get_figures(self, domain):
        """Sums, rates and the median time to accept, for one page.

        Rates and minutes are None where nothing counts yet."""
        keys = (
            "offers:sum",
            "accepts:sum",
            "rejects:sum",
            "expiries:sum",
            "deliveries:sum",
            "uncollected:sum",
            "accept_rate:avg",
            "fill_rate:avg",
            "on_time_rate:avg",
            "minutes_to_accept:avg",
        )
        [row] = self._read_group(domain, [], keys)
        figures = {
            key.split(":")[0]: None if value is False else value
            for key, value in zip(keys, row, strict=True)
        }
        figures["minutes_median"] = self._get_median(domain)
        return figures

    @api.model
    def _get_median(self, domain):
        query = self._search(fields.Domain(domain) & fields.Domain("accepts", "=", 1))
        [(median,)] = self.env.execute_query(
            query.select(
                SQL("percentile_cont(0.5) WITHIN GROUP (ORDER BY minutes_to_accept)")
            )
        )
        return median
