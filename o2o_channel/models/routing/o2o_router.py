from collections import defaultdict
from dataclasses import dataclass
from decimal import Decimal
from functools import lru_cache
from typing import Any, NamedTuple

from odoo import api, fields, models
from odoo.tools import SQL

from ...engine import routing as engine
from ...engine.geo import misplaced, point

# Goods of both kinds of area may be served: who sells there, and who only delivers.
ROLES = ("sales", "logistics")


STORE_FIELDS = (
    "active",
    "code",
    "company_id",
    "dealer_id",
    "o2o_feed_max_age",
    "o2o_feed_type",
    "o2o_last_feed",
    "o2o_max_orders_day",
    "o2o_paused_until",
    "o2o_rating",
    "o2o_routing_bonus",
    "o2o_trust",
    "partner_id",
)


class StoreRow(NamedTuple):
    """A store as `_get_store_rows` reads it."""

    id: int
    code: str
    dealer: int
    state: str | None
    feed: str
    stale: bool
    paused: bool
    latitude: float
    longitude: float
    limit: int
    trust: float
    rating: float
    bonus: float


@dataclass(frozen=True)
class Run:
    """One decision with all that it follows from; ``rule`` is the record, the rest
    the engine's: ``decision == rank(request, nodes, engine_rule)``."""

    rule: Any
    engine_rule: engine.Rule
    request: engine.Order
    nodes: tuple[engine.Node, ...]
    decision: engine.Decision


class O2oRouter(models.AbstractModel):
    """Loads what the engine needs for an order and asks it once."""

    _name = "o2o.router"
    _description = "Order Router"

    @api.model
    def _decide(self, order, needs, declined, rule=None):
        """Rank the company's stores for a part of an order.

        :param needs: {sale.order.line: quantity in the line's unit}
        :param declined: stores that are not asked again
        :param rule: the routing rule; by default the first that matches
        :return: a Run; nodes are warehouse ids, line keys sale order line ids,
            quantities in the product's unit
        """
        if rule is None:
            rule = self._get_rule(order, needs)
        lines = tuple(
            self._engine_line(line, quantity) for line, quantity in needs.items()
        )
        pickup = (
            order.o2o_delivery_mode == "pickup" and order.o2o_pickup_warehouse_id.id
        )
        services = self._get_services(order) if rule.need_services else frozenset()
        request = engine.Order(lines, self._get_place(order), pickup or None, services)
        nodes = tuple(self._get_nodes(order, needs, declined, rule))
        engine_rule = rule._engine_rule()
        decision = engine.rank(request, nodes, engine_rule)
        return Run(rule, engine_rule, request, nodes, decision)

    @api.model
    def _get_products(self, needs):
        return self.env["product.product"].union(*(line.product_id for line in needs))

    @api.model
    def _get_rule(self, order, needs):
        pattern = {
            "channel": order.o2o_channel_id,
            "region": order.o2o_region_id,
            "categ": next(iter(needs)).product_id.categ_id,
            "flow": order.o2o_flow,
            "date": order._o2o_day(),
        }
        rules = self.env["o2o.routing.rule"]
        return rules._find_in_force(order.company_id, pattern)

    @api.model
    def _engine_line(self, line, quantity):
        product, unit = line.product_id, line.product_uom_id
        in_product_unit = unit._compute_quantity(quantity, product.uom_id, round=False)
        return engine.Line(
            key=line.id,
            product=product.id,
            category=product.categ_id.id,
            quantity=_decimal(in_product_unit),
            # a part of a dozen is not a number of dozens
            divisible=unit == product.uom_id,
        )

    @api.model
    def _get_place(self, order):
        """Where the goods go: the address, else the middle of its region. Coordinates
        far from the region (swapped, in the sea) are as good as none."""
        address, region = order.partner_shipping_id, order.o2o_region_id
        place = point(address.partner_latitude, address.partner_longitude)
        middle = point(region.latitude, region.longitude)
        if place and middle and misplaced(place, middle, region._get_tolerance_km()):
            return middle
        return place or middle

    @api.model
    def _get_services(self, order):
        """Categories of the services that are sold with the goods."""
        lines = order.order_line.filtered(
            lambda line: not line.display_type and line.product_id.type == "service"
        )
        return frozenset(lines.product_id.categ_id.ids)

    @api.model
    def _get_nodes(self, order, needs, declined, rule):
        rows = self._get_store_rows(order.company_id)
        stores = self.env["stock.warehouse"].browse([row.id for row in rows])
        products = self._get_products(needs)
        stock = self._get_stock(stores, products)
        area = self._get_area(order, products, rule)
        used = self._get_orders_of_today(order.company_id, rows)
        sated = self._get_sated(order.company_id, stores)
        below = (
            self._get_below_guarantee(order, needs, stores)
            if (rule.check_guarantee or not rule)
            else ()
        )
        offered = self._get_offered_services(order) if rule.need_services else {}
        return [
            engine.Node(
                key=row.id,
                code=row.code,
                available=stock[row.id],
                place=point(row.latitude, row.longitude),
                state=row.state or "draft",
                promises=row.feed != "none",
                ask_first=row.stale,
                paused=row.paused,
                rejected=row.id in declined._ids,
                orders_today=used.get(row.id, 0),
                max_orders=row.limit or None,
                trust=_decimal(row.trust),
                rating=_decimal(row.rating) if row.rating else None,
                bonus=_decimal(row.bonus),
                quota_reached=row.id in sated,
                below_guarantee=row.id in below,
                services=offered.get(row.dealer, frozenset()),
                **area(row.dealer),
            )
            for row in rows
        ]

    @api.model
    def _get_below_guarantee(self, order, needs, stores):
        """Hook for prices: ids of the stores whose dealer would earn less than its
        guaranteed margin on these needs. Empty here: no margin is known."""
        return set()

    @api.model
    def _get_sated(self, company, stores):
        """Ids of the stores whose dealers have their agreed share of the month."""
        if not stores:
            return set()
        share = self.env["o2o.routing.share"]
        return share._quota_reached(company, stores, company._o2o_today())

    @api.model
    def _get_offered_services(self, order):
        """{dealer id: categories of services it offers where the goods go}."""
        region = order.o2o_region_id or order.o2o_pickup_warehouse_id.o2o_region_id
        categories = self.env["product.category"].browse(self._get_services(order))
        coverage = self.env["o2o.coverage"].with_company(order.company_id)
        found = coverage._covering_dealers(
            region, categories, ("service",), order.company_id._o2o_today()
        )
        offered = defaultdict(frozenset)
        for (_region_id, categ_id), dealers in found.items():
            for dealer_id in dealers._ids:
                offered[dealer_id] |= {categ_id}
        return offered

    @api.model
    def _get_store_rows(self, company):
        """Every dealer's store of the company, in one query."""
        self.env["stock.warehouse"].flush_model(STORE_FIELDS)
        self.env["res.partner"].flush_model(
            ["dealer_state", "partner_latitude", "partner_longitude"]
        )
        now = fields.Datetime.now()
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id, w.code, w.dealer_id, d.dealer_state, w.o2o_feed_type,
                          COALESCE(w.o2o_last_feed + w.o2o_feed_max_age
                                   * interval '1 hour' < %(now)s, false),
                          COALESCE(w.o2o_paused_until > %(now)s, false),
                          a.partner_latitude, a.partner_longitude, w.o2o_max_orders_day,
                          COALESCE(w.o2o_trust, 0), COALESCE(w.o2o_rating, 0),
                          COALESCE(w.o2o_routing_bonus, 0)
                     FROM stock_warehouse w
                     JOIN res_partner d ON d.id = w.dealer_id
                LEFT JOIN res_partner a ON a.id = w.partner_id
                    WHERE w.active AND w.company_id = %(company)s
                    ORDER BY w.code""",
                now=now,
                company=company.id,
            )
        )
        return [StoreRow(*row) for row in rows]

    @api.model
    def _get_stock(self, stores, products):
        """{store id: {product id: free quantity}}; without bound for goods of which
        no stock is kept."""
        stock = {store_id: {} for store_id in stores._ids}
        kept = products.filtered("is_storable")
        for (store_id, product_id), quantity in stores._o2o_available(kept).items():
            if quantity > 0:
                stock[store_id][product_id] = _decimal(quantity)
        for product in products - kept:
            for available in stock.values():
                available[product.id] = Decimal("Infinity")
        return stock

    @api.model
    def _get_area(self, order, products, rule):
        """A function from a dealer to what it may serve of these goods here; of one
        from elsewhere, where the rule lets it, what it may serve there."""
        store = order.o2o_pickup_warehouse_id
        region = order.o2o_region_id or store.o2o_region_id
        # False stands for goods without a category
        every = frozenset(product.categ_id.id for product in products)
        if not region:
            # who collects in a store needs nobody's area
            return lambda dealer_id: {"categories": every}
        coverage = self.env["o2o.coverage"].with_company(order.company_id)
        day, goods = order.company_id._o2o_today(), products.categ_id
        rows = coverage._fetch_lines(region, ROLES, day)
        found = coverage._resolve(region, goods, coverage._index(rows, goods, day))
        first = defaultdict(set)
        for (_region_id, categ_id), dealers in found.items():
            for dealer_id in dealers._ids:
                first[dealer_id].add(categ_id)
        claims = coverage._claims(rows, goods)
        # areas for other goods tell "not here" from "not for these goods"
        elsewhere = {}
        if rule.cross_region:
            anywhere = coverage._fetch_lines(None, ROLES, day)
            elsewhere = coverage._claims(anywhere, goods)
        return lambda dealer_id: {
            "covers_region": dealer_id in claims,
            "claims": every & claims.get(dealer_id, frozenset()),
            "categories": every
            & (first if dealer_id in claims else elsewhere).get(dealer_id, frozenset()),
        }

    @api.model
    def _get_orders_of_today(self, company, rows):
        """Legs offered today per store, where stores have a limit."""
        limited = [row.id for row in rows if row.limit]
        if not limited:
            return {}
        return self.env["stock.warehouse"].browse(limited)._o2o_orders_today(company)


@lru_cache(maxsize=4096)
def _decimal(quantity):
    """An exact number of what a float with unit rounding means."""
    return Decimal(repr(round(quantity, 6)))
