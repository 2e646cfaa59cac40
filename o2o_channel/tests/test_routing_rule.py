from odoo import fields
from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestRoutingRule(O2oRoutingCommon):
    """What a rule says, which version of it is used, and what it refuses."""

    def _create_rule(self, **values):
        return (
            self.env["o2o.routing.rule"]
            .with_user(self.manager)
            .create({"name": "Sichuan", "company_id": self.company.id, **values})
        )

    def _new_version(self, rule):
        action = rule.action_new_version()
        return rule.browse(action["res_id"])

    def test_weights_make_one(self):
        with self.assertRaisesRegex(ValidationError, "make 1.1"):
            self._create_rule(weight_distance=0.5)
        with self.assertRaisesRegex(ValidationError, "0 or more"):
            self._create_rule(weight_distance=0.9, weight_rating=-0.4)
        rule = self._create_rule(
            weight_distance=0.1, weight_trust=0.2, weight_load=0.3, weight_rating=0.4
        )
        self.assertEqual(str(rule._engine_rule().weights.rating), "0.4")

    def test_weights_and_trust_reach_the_ranking(self):
        self.store_c2.o2o_trust = 0.7
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_far)
        near = leg.candidate_ids.filtered(lambda c: c.warehouse_id == self.store_c2)
        parts = (near.trust_score, near.load_score, near.rating_score, near.bonus)
        self.assertEqual(parts, (0.21, 0.2, 0.08, 0.0))
        self.assertAlmostEqual(near.score, near.distance_score + sum(parts), 4)
        self._create_rule(
            weight_distance=1, weight_trust=0, weight_load=0, weight_rating=0
        )
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)

    def test_a_store_below_the_least_trust_is_dropped_with_both_figures(self):
        self.store_c2.o2o_trust = 0.55
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_far)
        near = leg.candidate_ids.filtered(lambda c: c.warehouse_id == self.store_c2)
        self.assertEqual(
            near.reason, "Trust 0.55 is below 0.60: excluded from automatic routing"
        )
        self.assertTrue(near.askable)

    def test_other_regions_are_asked_only_when_the_rule_says_so(self):
        for store in self.store_c2 | self.store_far | self.store_c1:
            self._set_stock(store, self.product, 0)
        self.assertEqual(self._confirm_order().dispatch_ids.state, "exception")
        self._create_rule(cross_region=True)
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_b1)
        self.assertReasons(leg, {self.store_b1: "cross_region"})
        books = self.env["product.category"].create({"name": "Books"})
        areas = self.env["o2o.coverage"].search([("dealer_id", "=", self.dealer_b1.id)])
        areas.categ_id = books
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.state, "exception", "its area is for other goods")

    def test_a_rule_that_matches_nothing_leaves_the_defaults(self):
        self._create_rule(region_ids=self.beijing.ids, max_distance_km=1)
        leg = self._confirm_order().dispatch_ids
        self.assertEqual((leg.warehouse_id, leg.rule_id.id), (self.store_c2, False))

    def test_a_used_version_is_kept_and_a_new_one_takes_its_place(self):
        rule = self._create_rule(max_distance_km=100)
        self.assertFalse(rule.used)
        rule.max_distance_km = 90
        first = self._confirm_order().dispatch_ids
        self.assertEqual(first.rule_id, rule)
        rule.invalidate_recordset(["used"])
        with self.assertRaisesRegex(UserError, "new version"):
            rule.max_distance_km = 1
        with self.assertRaisesRegex(UserError, "Archive it"):
            rule.unlink()
        rule.sequence = 3
        draft = self._new_version(rule)
        self.assertEqual((draft.version, draft.state), (2, "draft"))
        draft.max_distance_km = 1
        self.assertEqual(self._confirm_order().dispatch_ids.rule_id, rule)
        draft.action_activate()
        self.assertEqual((rule.state, draft.state), ("superseded", "active"))
        with self.assertRaisesRegex(UserError, "not a draft"):
            draft.action_activate()
        self.assertEqual(self._confirm_order().dispatch_ids.rule_id, draft)

    def test_a_cascade_goes_on_under_the_version_it_started_with(self):
        rule = self._create_rule(max_distance_km=100)
        first = self._confirm_order().dispatch_ids
        draft = self._new_version(rule)
        draft.max_distance_km = 1
        draft.action_activate()
        first.action_reject("too_far")
        following = first.order_id.dispatch_ids - first
        # the far store is 7.5 km away: the new version would not ask it
        self.assertEqual(following.warehouse_id, self.store_far)
        self.assertEqual(following.rule_id, rule)

    def test_a_paused_store_is_not_asked(self):
        self.store_c2.o2o_paused_until = fields.Datetime.add(
            fields.Datetime.now(), hours=1
        )
        leg = self._confirm_order().dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_far)
        self.assertReasons(leg, {self.store_c2: "paused"})
        self.store_c2.o2o_paused_until = fields.Datetime.subtract(
            fields.Datetime.now(), minutes=1
        )
        self.assertEqual(self._confirm_order().dispatch_ids.warehouse_id, self.store_c2)

    def test_services_of_the_order_when_the_rule_asks_for_them(self):
        services = self.env["product.category"].create({"name": "Installation"})
        visit = self._create_product(
            name="Visit", type="service", is_storable=False, categ_id=services.id
        )
        self._create_rule(need_services=True)
        leg = self._confirm_order((self.product, 1), (visit, 1)).dispatch_ids
        self.assertEqual(leg.state, "exception")
        self.assertReasons(leg, {self.store_c2: "no_service"})
        self._create_coverage(
            self.dealer_c2, self.jinjiang, role="service", categ_id=services.id
        )
        leg = self._confirm_order((self.product, 1), (visit, 1)).dispatch_ids
        self.assertEqual(leg.warehouse_id, self.store_c2)
