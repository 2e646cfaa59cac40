from odoo import api, fields, models
from odoo.fields import Domain
from odoo.tools import SQL

from ...engine.trust import StockFigures
from ..network.tools import CHANNEL_STAFF

MAX_AGE = 24  # hours
FEED_STATES = [
    ("fresh", "Fresh"),
    ("stale", "Out of Date"),
    ("none", "No Feed"),
    ("never", "Kept by Transfers"),
]
# A store in one of these states is asked before anything is promised from it.
ASK_FIRST = ("none", "stale")
PROMISE = SQL(
    """CASE WHEN rest > 0 THEN FLOOR(rest * trust)
            WHEN o2o_allow_negative THEN FLOOR(rest)
            ELSE 0 END"""
)


class StockWarehouse(models.Model):
    """What a store promises of what lies in its pool."""

    _inherit = "stock.warehouse"

    o2o_feed_max_age = fields.Integer(
        string="Feed Is Good For (Hours)",
        default=MAX_AGE,
        help="After so many hours without news the store is asked before an order is "
        "promised to it.",
    )
    o2o_feed_state = fields.Selection(
        FEED_STATES,
        string="State of the Feed",
        compute="_compute_o2o_feed_state",
        search="_search_o2o_feed_state",
        help="Out of date: the last news is older than it may be. Kept by transfers: "
        "the store has sent no figures; its pool is what was moved there.",
    )
    o2o_safety_qty = fields.Float(
        string="Safety Stock per Product",
        digits="Product Unit",
        help="So much of each product is kept back for the store's own customers, "
        "unless another figure is set for the product or its category.",
    )
    o2o_safety_ids = fields.One2many(
        "o2o.stock.safety",
        "warehouse_id",
        string="Safety Stock",
        groups=CHANNEL_STAFF,
    )
    o2o_allow_negative = fields.Boolean(
        string="Negative Promise",
        help="Show how much is missing instead of 0 when more is reserved, kept back or "
        "held than the store has. Nothing is promised either way.",
    )
    o2o_rating = fields.Float(
        string="Rating",
        digits=(3, 2),
        copy=False,
        help="What customers think of the store, from 1 to 5. 0: not rated yet.",
    )

    _o2o_safety_positive = models.Constraint(
        "CHECK(o2o_safety_qty >= 0)", "The safety stock can't be negative."
    )
    _o2o_feed_max_age_positive = models.Constraint(
        "CHECK(o2o_feed_max_age > 0)",
        "A feed has to be good for at least one hour.",
    )
    _o2o_rating_range = models.Constraint(
        "CHECK(o2o_rating = 0 OR o2o_rating BETWEEN 1 AND 5)",
        "A rating lies between 1 and 5; 0 means that there is none.",
    )

    @api.depends("o2o_feed_type", "o2o_last_feed", "o2o_feed_max_age", "dealer_id")
    def _compute_o2o_feed_state(self):
        now = fields.Datetime.now()
        for store in self:
            store.o2o_feed_state = store.dealer_id and store._get_o2o_feed_state(now)

    def _get_o2o_feed_state(self, now):
        if self.o2o_feed_type == "none":
            return "none"
        if not self.o2o_last_feed:
            return "never"
        end = fields.Datetime.add(self.o2o_last_feed, hours=self.o2o_feed_max_age)
        return "stale" if end < now else "fresh"

    @api.model
    def _search_o2o_feed_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        stores = self.with_context(active_test=False).search(
            [("dealer_id", "!=", False)]
        )
        found = stores.filtered(lambda store: store.o2o_feed_state in value)
        plain = Domain("dealer_id", "=", False) if False in value else Domain.FALSE
        return Domain("id", "in", found.ids) | plain

    def _o2o_ask_first(self):
        """Ids of those of these stores from which nothing is promised unasked: without
        a feed, or with one that is out of date."""
        if not self:
            return set()
        self.flush_model(["o2o_feed_type", "o2o_last_feed", "o2o_feed_max_age"])
        rows = self.env.execute_query(
            SQL(
                """SELECT id FROM stock_warehouse
                    WHERE id IN %s AND (o2o_feed_type = 'none'
                       OR o2o_last_feed + o2o_feed_max_age * interval '1 hour' < %s)""",
                self._ids,
                fields.Datetime.now(),
            )
        )
        return {store_id for (store_id,) in rows}

    def _o2o_available(self, products):
        """What these stores promise: floor((declared - reserved - safety - held) x
        trust). It is the figure of the portal, of the order and of the router.

        :return: {(warehouse id, product id): quantity in the product's unit}, with an
            entry for each pair; one query however many stores and products there are.
        """
        # nothing but the promise, as a number that is read fast: every order asks
        rows = self._o2o_query_figures(products, SQL("%s::float8", PROMISE))
        return {(store_id, item_id): promise for store_id, item_id, promise in rows}

    def _o2o_stock_figures(self, products):
        """The promise with its parts: {(warehouse id, product id): StockFigures}."""
        parts = SQL(
            "declared, reserved, safety, declared - reserved - safety - rest, trust, %s",
            PROMISE,
        )
        rows = self._o2o_query_figures(products, parts)
        return {(row[0], row[1]): StockFigures(*row[2:]) for row in rows}

    def _o2o_query_figures(self, products, figures):
        """(store, product, ...) per pair with the figures that are asked for."""
        if not self or not products:
            return []
        self._o2o_flush_figures()
        return self.env.execute_query(
            SQL(
                """
                WITH store AS (
                    SELECT w.id, w.o2o_trust, w.o2o_allow_negative,
                           COALESCE(w.o2o_safety_qty, 0) AS safety,
                           w.o2o_location_id AS pool
                      FROM stock_warehouse w
                     WHERE w.id = ANY(%(stores)s)
                ), item AS (
                    SELECT p.id, t.categ_id, c.parent_path
                      FROM product_product p
                      JOIN product_template t ON t.id = p.product_tmpl_id
                 LEFT JOIN product_category c ON c.id = t.categ_id
                     WHERE p.id = ANY(%(products)s)
                ), stock AS (%(stock)s), hold AS (%(hold)s), safety AS (%(safety)s),
                figure AS (%(figure)s), free AS (
                    SELECT *, declared - reserved - safety - CASE
                               WHEN NOT everything THEN held
                               ELSE GREATEST(declared - reserved - safety, 0) END AS rest
                      FROM figure
                )
                SELECT store_id, item_id, %(figures)s FROM free
                """,
                figures=figures,
                stores=_array(self._ids),
                products=_array(products._ids),
                stock=self._o2o_query_stock(products),
                hold=self._o2o_query_hold(products),
                safety=self._o2o_query_safety(),
                figure=self._o2o_query_figure(),
            )
        )

    def _o2o_query_figure(self):
        """The parts of the promise of each pair."""
        return SQL(
            """SELECT store.id AS store_id, item.id AS item_id,
                      COALESCE(stock.declared, 0) AS declared,
                      COALESCE(stock.reserved, 0) AS reserved,
                      COALESCE(safety.quantity, store.safety) AS safety,
                      COALESCE(hold.quantity, 0) AS held,
                      COALESCE(hold.everything, FALSE) AS everything,
                      COALESCE(trust.trust, store.o2o_trust, 0) AS trust,
                      store.o2o_allow_negative
                 FROM store CROSS JOIN item
            LEFT JOIN stock ON stock.store_id = store.id AND stock.item_id = item.id
            LEFT JOIN hold ON hold.store_id = store.id AND hold.item_id = item.id
            LEFT JOIN safety ON safety.store_id = store.id AND safety.item_id = item.id
            LEFT JOIN o2o_stock_trust trust ON trust.warehouse_id = store.id
                  AND trust.categ_id = item.categ_id"""
        )

    def _o2o_query_stock(self, products):
        """What lies in the pools, and what of it is reserved."""
        return SQL(
            """SELECT store.id AS store_id, q.product_id AS item_id,
                      SUM(q.quantity) AS declared, SUM(q.reserved_quantity) AS reserved
                 FROM stock_quant q
                 JOIN stock_location l ON l.id = q.location_id
                 JOIN store ON store.id = l.warehouse_id
                WHERE q.product_id = ANY(%s) AND (l.id = store.pool
                      OR '/' || l.parent_path LIKE '%%/' || store.pool || '/%%')
                GROUP BY store.id, q.product_id""",
            _array(products._ids),
        )

    def _o2o_query_hold(self, products):
        """What is held back since a store said that it isn't there or is damaged."""
        return SQL(
            """SELECT h.warehouse_id AS store_id, h.product_id AS item_id,
                      SUM(h.quantity) AS quantity, BOOL_OR(h.everything) AS everything
                 FROM o2o_stock_hold h
                WHERE h.ended_at IS NULL AND h.product_id = ANY(%s)
                  AND h.warehouse_id IN (SELECT id FROM store)
                GROUP BY h.warehouse_id, h.product_id""",
            _array(products._ids),
        )

    def _o2o_query_safety(self):
        """The narrowest figure set: the product's, else its nearest category's."""
        return SQL(
            """SELECT DISTINCT ON (s.warehouse_id, item.id) s.warehouse_id AS store_id,
                      item.id AS item_id, s.quantity
                 FROM o2o_stock_safety s
            LEFT JOIN product_category c ON c.id = s.categ_id
                 JOIN item ON item.id = s.product_id
                      OR item.parent_path LIKE c.parent_path || '%%'
                WHERE s.warehouse_id IN (SELECT id FROM store)
                ORDER BY s.warehouse_id, item.id, s.product_id IS NULL,
                         LENGTH(c.parent_path) DESC"""
        )

    @api.model
    def _o2o_flush_figures(self):
        """Have the query see what this transaction has changed."""
        names = {
            "stock.quant": (
                "product_id",
                "location_id",
                "quantity",
                "reserved_quantity",
            ),
            "stock.location": ("warehouse_id", "parent_path"),
            "stock.warehouse": (
                "o2o_location_id",
                "o2o_trust",
                "o2o_safety_qty",
                "o2o_allow_negative",
            ),
            "product.product": ("product_tmpl_id",),
            "product.template": ("categ_id",),
            "product.category": ("parent_path",),
            "o2o.stock.trust": ("warehouse_id", "categ_id", "trust"),
            "o2o.stock.hold": (
                "warehouse_id",
                "product_id",
                "quantity",
                "everything",
                "ended_at",
            ),
            "o2o.stock.safety": (
                "warehouse_id",
                "product_id",
                "categ_id",
                "quantity",
            ),
        }
        for model, fnames in names.items():
            self.env[model].flush_model(fnames)


def _array(ids):
    """Ids as one literal: PostgreSQL reads it faster than a list of hundreds."""
    return SQL("%s::int[]", f"{{{','.join(map(str, ids))}}}")
