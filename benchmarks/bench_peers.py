"""A generated month routed by this addon, by Odoo's partner assignment, to the nearest."""

import json
from decimal import Decimal

from dev import paths
from dev.database import Databases
from dev.odoo_run import install
from dev.template import Templates
from engine.cascade import Answer, CascadeRule, next_step
from engine.replay_measure import compare
from engine.routing import Line, Node, Order, Rule, askable_nodes, rank
from engine.trust import Evidence, freshness, promise, score

from .measure import Measurement
from .month import Month, live_through

PEER = "website_crm_partner_assign"
FACTORS = (1.1, 1.5, 3)
MEASURES = ("km_mean", "reject_rate", "minutes_mean", "unfilled_rate")
NAMES = tuple(
    f"peers_{peer}_{measure}_x{factor:g}"
    for factor in FACTORS
    for peer in ("odoo", "nearest")
    for measure in MEASURES
)
DEFAULT_TRUST = {"scan": "1.00", "api": "0.95", "file": "0.85", "guide": "0.60"}
# hours after which a feed is stale: what a planner sets for how often it comes
MAX_AGE = {"scan": 24, "api": 24, "file": 48, "guide": 96}
# The most that ours may be of the peer's. Below 1 is not claimed against the nearest
# store: the default rule pays for trust, an even load and the city's own dealers.
BOUNDS = {
    "odoo": dict.fromkeys(MEASURES, 1),
    "nearest": {
        "km_mean": 1.5,
        "reject_rate": 1.1,
        "minutes_mean": 1.1,
        "unfilled_rate": 2,
    },
}
MEMORY = Decimal("0.98")  # a store's older answers count less with each new one


class Ours:
    """The addon's engine: promise, filters, score, cascade; trust learned as it goes."""

    rule, cascade = Rule(), CascadeRule(grab_pool=False)

    def begin(self, world):
        self.world, self.fills = world, {}

    def choose(self, sale, asked):
        if not asked:
            local = [shop for shop in self.world.shops if shop.city == sale.city]
            self.eligible = self._rank(sale, local)
            self.is_local = True
        answers = tuple(Answer(key, "rejected") for key in asked)
        step = next_step(self.cascade, answers, self.eligible)
        if step.kind == "exception" and self.is_local:
            self.is_local = False
            self.eligible = self._of_headquarters(sale)
            step = next_step(self.cascade, answers, self.eligible)
        return self.world.shops[step.nodes[0]] if step.kind == "offer" else None

    def _rank(self, sale, shops):
        order = Order((Line(1, sale.product, "goods", Decimal(1)),), sale.place)
        nodes = [self._node(shop, sale) for shop in shops]
        found = rank(order, nodes, self.rule).candidates
        eligible = tuple(one.node for one in found if one.eligible)
        # whom the pool would reach after them; here one after the other
        return (*eligible, *askable_nodes(found))

    def _of_headquarters(self, sale):
        """When the city's dealers are through, headquarters gives it to the nearest
        store elsewhere that could serve it; here somebody does that at once."""
        elsewhere = sorted(
            (shop for shop in self.world.shops if shop.city != sale.city),
            key=lambda shop: self.world.month.km(sale, shop),
        )[:20]
        fit = set(self._rank(sale, elsewhere))
        return tuple(shop.key for shop in elsewhere if shop.key in fit)

    def _node(self, shop, sale):
        world, trust = self.world, self._trust(shop)
        free = promise(Decimal(world.stock(shop, sale.product)), trust=trust)
        return Node(
            shop.key,
            f"S{shop.key:03}",
            {sale.product: free},
            shop.place,
            categories=frozenset({"goods"}),
            orders_today=world.orders[shop.key],
            max_orders=world.limit(shop),
            trust=trust,
            rating=Decimal(str(shop.rating)),
        )

    def _trust(self, shop):
        prior = Decimal(DEFAULT_TRUST[shop.feed])
        good, total = self.fills.get(shop.key, (Decimal(0), Decimal(0)))
        fresh = freshness(
            Decimal(str(self.world.age[shop.key])), Decimal(MAX_AGE[shop.feed]), prior
        )
        return score(Evidence(good, total), Evidence(), fresh, prior).trust

    def learn(self, sale, shop, kind):
        """An accepted offer filled; a rejection for want of goods did not."""
        if kind == "expired":
            return
        good, total = self.fills.get(shop.key, (Decimal(0), Decimal(0)))
        empty = kind == "rejected" and not self.world.stock(shop, sale.product)
        if kind == "accepted" or empty:
            self.fills[shop.key] = (good * MEMORY + (not empty), total * MEMORY + 1)


class Nearest:
    """Who comes first gets the nearest store that says it has the goods and room."""

    def begin(self, world):
        self.world = world

    def choose(self, sale, asked):
        fit = (
            shop
            for shop in self.world.shops
            if shop.key not in asked
            and self.world.stock(shop, sale.product) > 0
            and not self.world.is_full(shop)
        )
        return min(fit, key=lambda shop: self.world.month.km(sale, shop), default=None)

    def learn(self, sale, shop, kind):
        pass


# Runs in Odoo's shell. Places of stores become partners, orders leads; Odoo's own method
# names a partner for a lead, without those who declined. It has no time-out and starts no
# second search by itself: here somebody does both at once, which favours it.
ODOO = """
import json, random, sys
sys.path[:0] = [{checkout!r}, {addon!r}]
from benchmarks.month import MOST_ASKED, Month, live_through
month, china = Month(factors={factors}), env.ref("base.cn")
random.seed(month.seed)
grades = [env["res.partner.grade"].create({{"name": f"Tier {{n}}", "partner_weight": weight}})
          for n, weight in ((1, 3), (2, 2))]
partners = env["res.partner"].create([
    {{"name": f"Store {{shop.key}}", "is_company": True, "country_id": china.id,
      "grade_id": grades[shop.tier - 1].id,
      "partner_latitude": shop.place.latitude, "partner_longitude": shop.place.longitude}}
    for shop in month.shops])
leads = env["crm.lead"].create([
    {{"name": f"Order {{sale.key}}", "country_id": china.id,
      "partner_latitude": sale.place.latitude, "partner_longitude": sale.place.longitude}}
    for sale in month.sales])
shop_of = dict(zip(partners.ids, month.shops))
named = {{sale.key: [] for sale in month.sales}}

class Odoo:
    def begin(self, world):
        pass
    def choose(self, sale, asked):
        known = named[sale.key]
        if len(asked) == len(known):
            lead = leads[sale.key]
            lead.partner_declined_ids = [(6, 0, [partners[key].id for key in known])]
            found = lead.search_geo_partner().get(lead.id)
            if not found:
                return None
            known.append(shop_of[found].key)
        return month.shops[known[len(asked)]]
    def learn(self, sale, shop, kind):
        pass

print("BENCH " + json.dumps([live_through(month, factor, Odoo()) for factor in {factors}]))
"""


def measure(context):
    """Print the table of each capacity; the target is to be no worse than the peer."""
    peer = dict(zip(FACTORS, _odoo(context), strict=True))
    month = Month(factors=FACTORS)
    for factor in FACTORS:
        ours = live_through(month, factor, Ours())
        nearest = live_through(month, factor, Nearest())
        for name, other in (("odoo", peer[factor]), ("nearest", nearest)):
            yield from _compare(factor, name, ours, other, month.seed)


def _compare(factor, name, ours, other, seed):
    print(f"    capacity {factor:g} x demand, against {name}:")
    row = "      {:<16}{:>10.2f}{:>10.2f}{:>+10.2f}  {:+.2f} to {:+.2f}  {}"
    said = {"lower": "ours is better", "higher": "ours is worse"}
    for one in compare(other, ours, seed):
        scale = 100 if one.measure.endswith("_rate") else 1
        figures = (one.new, one.old, one.difference, one.low, one.high)
        verdict = said.get(one.verdict, "no difference beyond chance")
        if one.measure not in ("legs_mean", "km_total"):
            figures = [figure * scale for figure in figures]
            print(row.format(one.measure, *figures, verdict))
        if one.measure in MEASURES:
            unit = {"km_mean": "km", "minutes_mean": "min"}.get(one.measure, "%")
            label = f"peers_{name}_{one.measure}_x{factor:g}"
            value, peer = one.new * scale, one.old * scale
            yield Measurement(
                label, value, unit, BOUNDS[name][one.measure], name, peer or None
            )


def _odoo(context):
    """Facts by capacity of what Odoo's method does, in a database that goes again."""
    environment = context.environment
    databases, name = Databases(environment), "o2o_bench_peers"
    databases.clone(Templates(environment).base(False), name)
    try:
        install(environment, name, [PEER])
        code = ODOO.format(
            checkout=str(paths.CHECKOUT),
            addon=str(paths.CHECKOUT / paths.ADDON),
            factors=FACTORS,
        )
        output = context.shell(name, code)
    finally:
        databases.drop(name)
    line = next(line for line in output.splitlines() if "BENCH " in line)
    return json.loads(line.split("BENCH ", 1)[1])
