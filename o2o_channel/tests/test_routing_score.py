from odoo.tests import tagged

from .common import O2oRoutingCommon

KM = 1 / 111.195  # degrees of latitude


@tagged("post_install", "-at_install")
class TestRoutingScore(O2oRoutingCommon):
    """The worked example through the database, and what it costs in queries."""

    def _set_example(self, store, km, trust, orders, rating):
        """``km`` north of the consumer, one order of today on a limit of ``orders``."""
        store.write({"o2o_trust": trust, "o2o_rating": rating})
        store.o2o_max_orders_day = orders
        store.partner_id.write(
            {
                "partner_latitude": self.consumer.partner_latitude + km * KM,
                "partner_longitude": self.consumer.partner_longitude,
            }
        )
        collected = self._confirm_order(
            o2o_delivery_mode="pickup", o2o_pickup_warehouse_id=store.id
        )
        self.assertEqual(collected.dispatch_ids.warehouse_id, store)

    def test_the_worked_example(self):
        third = self._create_store(self.dealer_c2, code="C2-03")
        self._set_stock(third, self.product, 10)
        self._set_example(self.store_c2, 5, 0.87, 2, 4.6)
        self._set_example(self.store_far, 12, 0.95, 5, 4.8)
        self._set_example(third, 3, 0.55, 10, 4.9)
        leg = self._confirm_order().dispatch_ids
        found = {c.warehouse_id: c for c in leg.candidate_ids}
        scores = {store: round(found[store].score, 3) for store in found}
        self.assertEqual(scores[self.store_c2], 0.813)
        self.assertEqual(scores[self.store_far], 0.845)
        self.assertEqual(scores[third], 0.819)
        self.assertEqual(leg.warehouse_id, self.store_far)
        self.assertEqual(found[self.store_c2].rank, 2)
        self.assertEqual(
            found[third].reason,
            "Trust 0.55 is below 0.60: excluded from automatic routing",
        )
        parts = ("distance_score", "trust_score", "load_score", "rating_score")
        self.assertEqual(
            [found[self.store_far][name] for name in parts],
            [0.304, 0.285, 0.16, 0.096],
        )

    def test_a_limit_of_two_means_two(self):
        self.store_c2.o2o_max_orders_day = 2
        self.env["o2o.routing.rule"].create(
            {
                "name": "Nearest",
                "company_id": self.company.id,
                "weight_distance": 1,
                "weight_trust": 0,
                "weight_load": 0,
                "weight_rating": 0,
            }
        )
        taken = [self._confirm_order().dispatch_ids.warehouse_id for _n in range(4)]
        near, far = self.store_c2, self.store_far
        self.assertEqual(taken, [near, near, far, far])
        last = self._confirm_order().dispatch_ids
        self.assertReasons(last, {near: "full"})

    def test_the_number_of_queries_does_not_depend_on_the_number_of_stores(self):
        self.store_c2.o2o_max_orders_day = 9
        self._queries()  # fills the caches
        few = self._queries()
        for number in range(12):
            store = self._create_store(
                self.dealer_c2, 30.7, 104.1, code=f"Z{number:03}", o2o_max_orders_day=9
            )
            self._set_stock(store, self.product, 5)
        self.assertEqual(self._queries(), few)

    def _queries(self):
        """Queries to decide on an order and to keep the trace of it."""
        order = self._create_order((self.product, 2))
        order._o2o_lock_route()
        self.env.flush_all()
        self.env.invalidate_all()
        before = self.env.cr.sql_log_count
        needs, nobody = order._o2o_get_needs(), self.env["stock.warehouse"]
        run = order._o2o_decide(needs, nobody)
        legs = self.env["o2o.dispatch"]
        for part, step in legs._plan(order, run):
            legs += order._o2o_create_leg(part, step, run, needs, nobody, None)
        self.env["o2o.routing.decision"]._record(order, run, "confirm", legs)
        self.env.flush_all()
        spent = self.env.cr.sql_log_count - before
        self.assertEqual(len(legs.candidate_ids), len(run.nodes))
        return spent
