"""A generated month of orders, in which every way of routing is tried alike.

States, all drawn from one seed:

* **Cities**: 40 of China with their populations; an order comes from a city with a
  chance in proportion to its population, from a place around the centre (Gaussian,
  12 km). 30 days of 120 orders, one of 12 products each.
* **Stores**: 120, by the square root of the population, so that big cities have more
  orders per store. Half are of tier 1, which accepts 85 of 100 offers on average (Beta
  17, 3), half of tier 2, which accepts 60 (Beta 12, 8); a far customer is taken less
  gladly (one in e at 400 km). Each has a rating that goes with its acceptance.
* **Answers**: after a time of the store's own (log-normal, median 3 to 15 minutes); what
  would take more than 30 minutes, and one refusal in four, is silence.
* **Capacity**: limits per day of all stores of a city together `factor` x its
  expected orders: 1.1 (a sale), 1.5 and 3. A store that has its orders rejects.
* **Stale stock**: each morning a store declares 0 to 6 pieces of a product. Its feed is
  of one of four types; a declared piece is gone by the time it is needed with a chance
  of 1 - exp(-age / 48 h), age being 0.5 h (scanner), 2 h, 12 h or 24 h on average. A
  store without the piece rejects.

The same store asked for the same order answers the same, whoever asks (goods and
capacity apart, which depend on what it was given before). After 8 stores an order is
given up.
"""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass
from hashlib import blake2b
from math import exp, sqrt

from engine.geo import Point, distance_km

DAYS, ORDERS_A_DAY, STORES, PRODUCTS = 30, 120, 120, 12
MOST_ASKED, PATIENCE = 8, 30.0
FEED_HOURS = {"scan": 0.5, "api": 2.0, "file": 12.0, "guide": 24.0}
GONE_HOURS = 48.0
SCATTER = 12 / 111  # degrees
# name, latitude, longitude, population in 10,000 (rounded, of the urban area)
CITIES = (
    ("Shanghai", 31.23, 121.47, 2480), ("Beijing", 39.90, 116.40, 2180),
    ("Shenzhen", 22.54, 114.06, 1760), ("Guangzhou", 23.13, 113.26, 1870),
    ("Chengdu", 30.57, 104.07, 1650), ("Chongqing", 29.56, 106.55, 1630),
    ("Tianjin", 39.13, 117.20, 1380), ("Wuhan", 30.59, 114.31, 1230),
    ("Xi'an", 34.34, 108.94, 1200), ("Hangzhou", 30.27, 120.16, 1190),
    ("Dongguan", 23.02, 113.75, 1050), ("Foshan", 23.02, 113.12, 950),
    ("Nanjing", 32.06, 118.80, 940), ("Qingdao", 36.07, 120.38, 800),
    ("Shenyang", 41.81, 123.43, 750), ("Zhengzhou", 34.75, 113.63, 980),
    ("Jinan", 36.65, 117.12, 700), ("Changsha", 28.23, 112.94, 780),
    ("Kunming", 25.04, 102.71, 630), ("Harbin", 45.80, 126.53, 640),
    ("Suzhou", 31.30, 120.58, 800), ("Hefei", 31.82, 117.23, 620),
    ("Dalian", 38.91, 121.61, 570), ("Xiamen", 24.48, 118.09, 500),
    ("Ningbo", 29.87, 121.54, 560), ("Fuzhou", 26.07, 119.30, 480),
    ("Nanning", 22.82, 108.37, 520), ("Changchun", 43.82, 125.32, 500),
    ("Shijiazhuang", 38.04, 114.51, 480), ("Taiyuan", 37.87, 112.55, 450),
    ("Guiyang", 26.65, 106.63, 460), ("Nanchang", 28.68, 115.86, 420),
    ("Wuxi", 31.49, 120.31, 420), ("Wenzhou", 28.00, 120.70, 330),
    ("Urumqi", 43.83, 87.62, 400), ("Lanzhou", 36.06, 103.83, 310),
    ("Xuzhou", 34.20, 117.28, 260), ("Hohhot", 40.84, 111.75, 240),
    ("Haikou", 20.04, 110.34, 240), ("Yinchuan", 38.49, 106.23, 180),
)  # fmt: skip


@dataclass(frozen=True)
class Shop:
    """A store; `accepts` 0 to 1, `median` minutes, `limits` by capacity factor."""

    key: int
    city: int
    place: Point
    tier: int
    accepts: float
    median: float
    rating: float
    feed: str
    limits: dict


@dataclass(frozen=True)
class Sale:
    """An order of one piece."""

    key: int
    day: int
    city: int
    place: Point
    product: int


class Month:
    """Stores, orders and stock; nothing in it depends on how orders are routed."""

    def __init__(self, seed=2026, factors=(1.1, 1.5, 3)):
        self.seed, self.chance = seed, random.Random(seed)
        self.shops = self._make_shops(factors)
        self.sales = [
            self._make_sale(key, key // ORDERS_A_DAY)
            for key in range(DAYS * ORDERS_A_DAY)
        ]
        self.distances = {}

    def _make_shops(self, factors):
        weights = [sqrt(city[3]) for city in CITIES]
        cities = list(range(len(CITIES)))  # each has one at least
        cities += self.chance.choices(cities, weights, k=STORES - len(cities))
        people = sum(city[3] for city in CITIES)
        seats = {
            factor: {
                city: _spread(
                    max(1, round(factor * ORDERS_A_DAY * CITIES[city][3] / people)),
                    cities.count(city),
                )
                for city in range(len(CITIES))
            }
            for factor in factors
        }
        return [self._make_shop(key, city, seats) for key, city in enumerate(cities)]

    def _make_shop(self, key, city, seats):
        chance, tier = self.chance, 1 + key % 2
        accepts = chance.betavariate(17, 3) if tier == 1 else chance.betavariate(12, 8)
        return Shop(
            key,
            city,
            self._near(city),
            tier,
            accepts,
            chance.uniform(3, 15),
            round(min(5.0, max(1.0, 2 + 3 * accepts + chance.gauss(0, 0.3))), 1),
            chance.choice(list(FEED_HOURS)),
            {factor: left[city].pop() for factor, left in seats.items()},
        )

    def _make_sale(self, key, day):
        weights = [city[3] for city in CITIES]
        [city] = self.chance.choices(range(len(CITIES)), weights)
        product = self.chance.randrange(PRODUCTS)
        return Sale(key, day, city, self._near(city), product)

    def _near(self, city):
        _name, latitude, longitude, _people = CITIES[city]
        return Point(
            latitude + self.chance.gauss(0, SCATTER),
            longitude + self.chance.gauss(0, SCATTER),
        )

    def km(self, sale, shop):
        pair = sale.key, shop.key
        if pair not in self.distances:
            self.distances[pair] = distance_km(sale.place, shop.place)
        return self.distances[pair]

    def draw(self, *what):
        """Three numbers from 0 to 1 that depend on the seed and `what` alone."""
        text = "/".join(map(str, (self.seed, *what)))
        digest = blake2b(text.encode(), digest_size=24).digest()
        return [
            int.from_bytes(digest[place : place + 8], "big") / 2**64
            for place in (0, 8, 16)
        ]


class World:
    """The month as one way of routing lives through it."""

    def __init__(self, month, factor):
        self.month, self.factor, self.day = month, factor, None
        self.shops = month.shops
        self.begin(0)

    def begin(self, day):
        """A morning: stock is counted, nobody has an order yet."""
        if day == self.day:
            return
        self.day, self.orders = day, Counter()
        self.declared, self.age, self.missing = {}, {}, {}
        for shop in self.shops:
            _first, second, _third = self.month.draw("age", day, shop.key)
            self.age[shop.key] = 2 * FEED_HOURS[shop.feed] * second
            gone = 1 - exp(-self.age[shop.key] / GONE_HOURS)
            for product in range(PRODUCTS):
                first, second, _third = self.month.draw(day, shop.key, product)
                pieces = int(first * 7)
                # of so many pieces about the share `gone` is not there
                self.declared[shop.key, product] = pieces
                self.missing[shop.key, product] = int(pieces * gone + second)

    def limit(self, shop):
        return shop.limits[self.factor]

    def is_full(self, shop):
        return self.orders[shop.key] >= self.limit(shop)

    def stock(self, shop, product):
        """What its feed says, less what it was given since."""
        return self.declared[shop.key, product]

    def ask(self, sale, shop):
        """(kind, minutes) of its answer; goods and capacity go when it accepts."""
        place = (shop.key, sale.product)
        willing, silent, moment = self.month.draw("answer", sale.key, shop.key)
        spread = random.Random(moment).gauss(0, 0.7)
        minutes = shop.median * exp(spread)
        able = self.declared[place] - self.missing[place] > 0
        wants = willing < shop.accepts * exp(-self.month.km(sale, shop) / 400)
        if minutes > PATIENCE or (not wants and silent < 0.25):
            return "expired", PATIENCE
        if not (able and wants) or self.is_full(shop):
            if not able:
                self.declared[place] = 0  # its rejection says that there is none
            return "rejected", minutes
        self.orders[shop.key] += 1
        self.declared[place] -= 1
        return "accepted", minutes


def live_through(month, factor, policy):
    """Facts of each order (as `engine.replay.Outcome.facts`) under a policy.

    :param policy: `begin(world)`, `choose(sale, asked)` -> Shop or None, and
        `learn(sale, shop, kind)`
    """
    world, facts = World(month, factor), []
    policy.begin(world)
    for sale in month.sales:
        world.begin(sale.day)
        asked, kinds, waited, taker = [], Counter(), 0.0, None
        while taker is None and len(asked) < MOST_ASKED:
            shop = policy.choose(sale, asked)
            if shop is None:
                break
            kind, minutes = world.ask(sale, shop)
            policy.learn(sale, shop, kind)
            asked.append(shop.key)
            kinds[kind] += 1
            waited += minutes
            taker = shop if kind == "accepted" else None
        facts.append(_facts(month, sale, taker, kinds, waited))
    return facts


def _facts(month, sale, taker, kinds, waited):
    served = int(taker is not None)
    return {
        "orders": 1,
        "legs": 1,
        "served": served,
        "km": month.km(sale, taker) if taker else 0,
        "km_legs": served,
        "offers": sum(kinds.values()),
        "rejects": kinds["rejected"],
        "expiries": kinds["expired"],
        "minutes": waited * served,
        "unfilled": 1 - served,
        "waits": [waited] * served,
        "stores": [taker.key] if taker else [],
    }


def _spread(total, count):
    """`total` seats over `count` stores as evenly as can be."""
    return [total // count + (place < total % count) for place in range(count)]
