import json
from collections import defaultdict
from decimal import Decimal

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import trust as engine
from ..network.tools import CHANNEL_STAFF

# An event older than so many half-lives weighs less than a thousandth.
HORIZON = 10
PARTS = ("o2o_trust", "o2o_trust_fill", "o2o_trust_count", "o2o_trust_freshness")
FEED_FIELDS = {"o2o_feed_type", "o2o_last_feed", "o2o_feed_max_age"}


class StockWarehouse(models.Model):
    """How far a store's figures are believed: learned from offers and counts."""

    _inherit = "stock.warehouse"

    o2o_trust = fields.Float(
        string="Trust",
        digits=(5, 4),
        compute="_compute_o2o_trust",
        store=True,
        readonly=False,
        precompute=True,
        help="How far the store's figures are believed, from 0 to 1: half of it is the "
        "fill rate, three tenths the accuracy of counts, a fifth how fresh the feed is. "
        "So much of the free stock is promised. It begins with what its kind of feed "
        "usually keeps, and follows offers and counts.",
    )
    o2o_trust_fill = fields.Float(
        string="Fill Rate",
        digits=(5, 4),
        compute="_compute_o2o_trust",
        store=True,
        precompute=True,
        help="Share of the offers for which the store had the goods. Offers turned "
        "down for another reason don't count.",
    )
    o2o_trust_count = fields.Float(
        string="Count Accuracy",
        digits=(5, 4),
        compute="_compute_o2o_trust",
        store=True,
        precompute=True,
        help="How near counts came to what the store had declared.",
    )
    o2o_trust_freshness = fields.Float(
        string="Freshness",
        digits=(5, 4),
        compute="_compute_o2o_trust",
        store=True,
        precompute=True,
        help="1 for news of this moment, falling evenly to 0 when they are out of date.",
    )
    o2o_routing_bonus = fields.Float(
        string="Routing Bonus",
        digits=(5, 4),
        readonly=True,
        copy=False,
        help="Added to the store's score this month, because its figures could be "
        "trusted all of last month.",
    )
    o2o_trust_ids = fields.One2many(
        "o2o.stock.trust", "warehouse_id", readonly=True, groups=CHANNEL_STAFF
    )
    o2o_trust_event_ids = fields.One2many(
        "o2o.trust.event", "warehouse_id", readonly=True, groups=CHANNEL_STAFF
    )
    o2o_trust_graph = fields.Text(
        compute="_compute_o2o_trust_graph", groups=CHANNEL_STAFF
    )

    _o2o_trust_range = models.Constraint(
        "CHECK(o2o_trust >= 0 AND o2o_trust <= 1)", "Trust lies between 0 and 1."
    )

    @api.depends("o2o_feed_type")
    def _compute_o2o_trust(self):
        """What the kind of feed usually keeps; see `_o2o_refresh_trust` for the rest."""
        for store in self:
            prior = float(engine.PRIOR_OF_FEED.get(store.o2o_feed_type, 0))
            for name in PARTS:
                store[name] = prior

    def write(self, vals):
        """Override: the trust follows the feed."""
        result = super().write(vals)
        if FEED_FIELDS & vals.keys():
            # sudo: whoever may feed the store need not read how it is judged
            self.sudo()._o2o_refresh_trust()
        return result

    def _compute_o2o_trust_graph(self):
        days = fields.Date.subtract(fields.Date.today(), days=90)
        groups = (
            self.env["o2o.trust.history"]
            .search(
                [("warehouse_id", "in", self.ids), ("date", ">=", days)], order="date"
            )
            .grouped("warehouse_id")
        )
        for store in self:
            values = [
                {"x": str(row.date), "y": round(row.trust, 4), "name": str(row.date)}
                for row in groups.get(store._origin, ())
            ]
            graph = [{"key": self.env._("Trust"), "values": values}]
            store.o2o_trust_graph = json.dumps(graph)

    # What happened

    def _o2o_record_fill(self, product_quantities, filled, reference=None, note=None):
        """The store had, or did not have, the goods of an offer.

        :param product_quantities: {product: quantity in its unit}
        :param filled: whether it had them
        :param reference: under one reference a product counts once
        :return: the new events
        """
        self.ensure_one()
        return self._o2o_record_events(
            {
                "product": product,
                "kind": "fill",
                "ok": quantity if filled else 0,
                "asked": quantity,
                "reference": reference,
                "note": note,
            }
            for product, quantity in product_quantities.items()
            if product.is_storable and quantity > 0
        )

    def _o2o_record_count(self, product, declared, counted, reference=None, note=None):
        """The goods were counted: how near was what the store had declared?"""
        self.ensure_one()
        figures = (Decimal(str(declared)), Decimal(str(counted)))
        good, asked = map(float, engine.count_trial(*figures))
        note = note or self.env._(
            "%(declared)s declared, %(counted)s counted",
            declared=f"{declared:g}",
            counted=f"{counted:g}",
        )
        row = {"product": product, "kind": "count", "ok": good, "asked": asked}
        return self._o2o_record_events([{**row, "reference": reference, "note": note}])

    def _o2o_record_events(self, rows):
        # sudo: events are written by what happens, never by a person
        events = self.env["o2o.trust.event"].sudo()
        events = events._record([{**row, "warehouse": self} for row in rows])
        self.invalidate_recordset(["o2o_trust_event_ids"], flush=False)
        if events:
            self.sudo()._o2o_refresh_trust()
        return events

    def _o2o_apply_stock_effect(self, effect, quantities, reason, reference):
        """Put the store's stock right after it said what is wrong with it.

        :param effect: see `o2o.reject.reason.stock_effect`
        :param quantities: {product: quantity in its unit}
        """
        self.ensure_one()
        # sudo: who answers an offer may not change stock otherwise
        store = self.sudo()
        holds = store.env["o2o.stock.hold"]
        if effect == "zero":
            holds._hold(store, quantities, reason, reference, everything=True)
        elif effect == "damage":
            holds._hold(store, quantities, reason, reference)
        elif effect == "subtract":
            for product, quantity in quantities.items():
                store._o2o_write_off(product, quantity)

    def _o2o_write_off(self, product, quantity):
        """Reduce the pool, never below what is there and free."""
        pool = self.with_company(self.company_id).o2o_location_id
        quants = self.env["stock.quant"].with_company(self.company_id)
        quants._gather(product, pool)._o2o_take_out(quantity)

    # What follows from it

    def _o2o_refresh_trust(self, wait=True):
        """Learn these stores' trust anew, all of them in a fixed number of queries.

        A store of which nothing is known yet keeps the trust it has: that of its feed,
        or what was entered by hand.

        :param wait: whether to wait for stores that another transaction is changing
        """
        if not self:
            return
        self.env["stock.warehouse"].flush_model()
        self.env["o2o.trust.event"].flush_model()
        self.env["res.company"].flush_model(
            ["o2o_trust_prior_weight", "o2o_trust_half_life"]
        )
        seen = self._o2o_query_evidence()
        scores, categories = {}, []
        for row in self._o2o_query_feeds():
            prior = engine.PRIOR_OF_FEED.get(row["feed"], engine.ZERO)
            fresh = engine.freshness(row["age"], row["max_age"], prior)
            evidence = seen.get(row["id"], {})
            if not row["known"] and row["age"] is None:
                continue
            for categ_id, (fills, counts) in evidence.items():
                score = engine.score(fills, counts, fresh, prior, row["weight"])
                if categ_id:
                    categories.append((row["id"], categ_id, score))
                else:
                    scores[row["id"]] = score
            if not evidence:
                none = engine.Evidence()
                scores[row["id"]] = engine.score(
                    none, none, fresh, prior, row["weight"]
                )
        self._o2o_write_scores(scores, wait)
        self._o2o_write_categories(categories)

    def _o2o_query_feeds(self):
        """The stores' feeds and their companies' settings, exact."""
        rows = self.env.execute_query_dict(
            SQL(
                """SELECT w.id, w.o2o_feed_type AS feed, w.o2o_feed_max_age AS max_age,
                          EXTRACT(EPOCH FROM %s - w.o2o_last_feed)::bigint AS age,
                          c.o2o_trust_prior_weight AS weight,
                          EXISTS (SELECT 1 FROM o2o_trust_event e
                                   WHERE e.warehouse_id = w.id) AS known
                     FROM stock_warehouse w JOIN res_company c ON c.id = w.company_id
                    WHERE w.id IN %s AND w.dealer_id IS NOT NULL""",
                fields.Datetime.now(),
                self._ids,
            )
        )
        for row in rows:
            age = row["age"]
            # a clock that runs ahead makes nothing fresher than fresh
            row["age"] = None if age is None else Decimal(max(age, 0)) / 3600
            row["max_age"] = Decimal(row["max_age"] or 0)
            row["weight"] = Decimal(str(row["weight"] or 0))
        return rows

    def _o2o_query_evidence(self):
        """{store id: {category id, None for all: (fills, counts)}}, weighted by age."""
        rows = self.env.execute_query(
            SQL(
                """
                WITH event AS (
                    SELECT e.warehouse_id, e.categ_id, e.kind, e.ok_qty / e.asked_qty AS ok,
                           CASE WHEN c.o2o_trust_half_life > 0 THEN power(0.5::float8,
                               GREATEST(EXTRACT(EPOCH FROM %(now)s - e.date), 0)::float8
                               / 86400 / c.o2o_trust_half_life::float8)
                           ELSE 1 END AS weight
                      FROM o2o_trust_event e JOIN res_company c ON c.id = e.company_id
                     WHERE e.warehouse_id IN %(stores)s AND e.state != 'struck'
                       AND (COALESCE(c.o2o_trust_half_life, 0) = 0 OR e.date > %(now)s
                            - c.o2o_trust_half_life * %(horizon)s * interval '1 day')
                )
                SELECT warehouse_id, categ_id, kind,
                       SUM(ok * weight), SUM(weight), GROUPING(categ_id)
                  FROM event
                 GROUP BY GROUPING SETS (
                       (warehouse_id, kind), (warehouse_id, categ_id, kind))
                """,
                now=fields.Datetime.now(),
                stores=self._ids,
                horizon=HORIZON,
            )
        )
        none = engine.Evidence()
        seen = defaultdict(lambda: defaultdict(lambda: (none, none)))
        for store_id, categ_id, kind, good, total, every in rows:
            if not every and not categ_id:
                continue
            fills, counts = seen[store_id][categ_id]
            found = engine.Evidence(_decimal(good), _decimal(total))
            seen[store_id][categ_id] = (
                (found, counts) if kind == "fill" else (fills, found)
            )
        return seen

    def _o2o_write_scores(self, scores, wait):
        """Write what has changed, in one statement: a store at rest is not touched, so
        that orders for it don't meet on its row."""
        skip = SQL() if wait else SQL("SKIP LOCKED")
        rows = [
            (store_id, score.trust, score.fill, score.count, score.freshness)
            for store_id, score in sorted(scores.items())
        ]
        if not rows:
            return
        self.env.cr.execute(
            SQL(
                """
                WITH fresh AS (
                    SELECT * FROM unnest(%s::int[], %s::numeric[], %s::numeric[],
                        %s::numeric[], %s::numeric[]) AS f (id, trust, fill, count, fresh)
                ), store AS (
                    SELECT w.id FROM stock_warehouse w JOIN fresh f ON f.id = w.id
                     WHERE (w.o2o_trust, w.o2o_trust_fill, w.o2o_trust_count,
                            w.o2o_trust_freshness)
                           IS DISTINCT FROM (f.trust, f.fill, f.count, f.fresh)
                     ORDER BY w.id FOR NO KEY UPDATE OF w %s
                )
                UPDATE stock_warehouse w
                   SET o2o_trust = f.trust, o2o_trust_fill = f.fill,
                       o2o_trust_count = f.count, o2o_trust_freshness = f.fresh
                  FROM fresh f, store WHERE store.id = w.id AND f.id = w.id
                """,
                *(list(column) for column in zip(*rows, strict=True)),
                skip,
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(PARTS, flush=False)

    def _o2o_write_categories(self, categories):
        rows = [
            (store_id, categ_id, score.trust, score.fill, score.count)
            for store_id, categ_id, score in sorted(categories, key=lambda row: row[:2])
        ]
        columns = [list(column) for column in zip(*rows, strict=True)] or [[]] * 5
        columns = [columns[0], columns[1], columns[2], columns[3], columns[4]]
        self.env["o2o.stock.trust"].flush_model()
        self.env.cr.execute(
            SQL(
                """
                WITH fresh AS (
                    SELECT * FROM unnest(%s::int[], %s::int[], %s::numeric[],
                        %s::numeric[], %s::numeric[])
                        AS f (warehouse_id, categ_id, trust, fill, count)
                ), gone AS (
                    DELETE FROM o2o_stock_trust t
                     WHERE t.warehouse_id IN %s AND NOT EXISTS (
                           SELECT 1 FROM fresh f WHERE f.warehouse_id = t.warehouse_id
                              AND f.categ_id = t.categ_id)
                )
                INSERT INTO o2o_stock_trust AS t (warehouse_id, company_id, categ_id, trust,
                            fill, count_accuracy)
                SELECT f.warehouse_id, w.company_id, f.categ_id, f.trust, f.fill, f.count
                  FROM fresh f JOIN stock_warehouse w ON w.id = f.warehouse_id
                 ORDER BY f.warehouse_id, f.categ_id
                    ON CONFLICT (warehouse_id, categ_id) DO UPDATE
                   SET trust = excluded.trust, fill = excluded.fill,
                       count_accuracy = excluded.count_accuracy
                 WHERE (t.trust, t.fill, t.count_accuracy) IS DISTINCT FROM
                       (excluded.trust, excluded.fill, excluded.count_accuracy)
                """,
                *columns,
                self._ids,
            ),
            log_exceptions=False,
        )
        self.env["o2o.stock.trust"].invalidate_model(flush=False)
        self.invalidate_recordset(["o2o_trust_ids"], flush=False)


def _decimal(number):
    """An exact number of what a float sum of weights means."""
    return Decimal(repr(round(float(number), 12)))
