from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..engine import record
from ..engine.routing import Weights, rank
from ..models.routing.o2o_routing_decision import _pack
from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestDecision(O2oRoutingCommon):
    """Every decision is on record and can be taken again."""

    def setUp(self):
        super().setUp()
        self.order = self._confirm_order((self.product, 2))
        self.leg = self.order.dispatch_ids
        self.decision = self.leg.decision_id

    def _rerun(self, decision=None):
        return (decision or self.decision).action_rerun()["params"]

    def _tamper(self, assignments, *values):
        """Change the row behind the ORM's back."""
        self.env.flush_all()
        self.env.cr.execute(
            f"UPDATE o2o_routing_decision SET {assignments} WHERE id = %s",
            (*values, self.decision.id),
        )
        self.env.invalidate_all()

    def _run_retention(self):
        cron = self.env.ref("o2o_channel.ir_cron_o2o_drop_decision_inputs")
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        self.env.invalidate_all()

    def test_confirming_records_question_answer_and_who_asked(self):
        decision = self.decision
        self.assertEqual(
            (decision.order_id, decision.warehouse_id, decision.chosen),
            (self.order, self.store_c2, "C2-01"),
        )
        self.assertEqual(
            (decision.trigger, decision.outcome, decision.user_id),
            ("confirm", "single", self.env.user),
        )
        self.assertEqual((decision.store_count, decision.eligible_count), (4, 2))
        request, nodes, _rule = decision._load()
        self.assertEqual([line.quantity for line in request.lines], [2])
        self.assertEqual(
            {node.key for node in nodes},
            set((self.store_b1 | self.store_c1 | self.store_c2 | self.store_far).ids),
        )

    def test_run_again_it_is_the_same_byte_for_byte(self):
        answer = self._rerun()
        self.assertEqual(
            (answer["type"], answer["message"]),
            ("success", "Same store, same figures, byte for byte."),
        )
        # the web client's context
        client = self.decision.with_context(bin_size=True)
        self.assertEqual(client.action_rerun()["params"], answer)
        inputs = client._get_inputs()
        self.assertEqual(record.digest(inputs), self.decision.inputs_digest)
        again = record.digest(record.rerun(inputs))
        self.assertEqual(again, self.decision.result_digest)

    def test_what_changes_later_does_not_change_the_record(self):
        before = self._rerun()
        self._set_stock(self.store_c2, self.product, 0)
        self.store_c2.partner_id.partner_latitude = 40.0
        self.store_c2.code = "MOVED"
        self.coverage_c2.unlink()
        self.assertEqual(self._rerun(), before)
        self.assertEqual(self.decision.chosen, "C2-01")

    def test_each_step_of_a_cascade_has_a_decision_of_its_own(self):
        self.leg.action_reject("too_far")
        following = self.order.dispatch_ids - self.leg
        decision = following.decision_id
        self.assertEqual(
            (decision.trigger, decision.warehouse_id), ("reject", self.store_far)
        )
        following.deadline = fields.Datetime.now() - timedelta(minutes=1)
        following._expire()
        last = (self.order.dispatch_ids - self.leg - following).decision_id
        self.assertEqual((last.trigger, last.outcome), ("expire", "nobody"))
        self.assertFalse(last.warehouse_id)
        for each in self.decision | decision | last:
            self.assertEqual(self._rerun(each)["type"], "success")

    def test_a_leg_moved_by_hand_stays_with_the_decision(self):
        self.leg.action_assign_to(self.store_far)
        moved = self.order.dispatch_ids - self.leg
        self.assertEqual(moved.decision_id, self.decision)
        self.assertEqual(self._rerun()["type"], "success")

    def test_a_divided_order_is_one_decision_with_several_legs(self):
        other = self._create_product(name="Kettle")
        self._set_stock(self.store_far, other, 1)
        self._set_stock(self.store_far, self.product, 0)
        order = self._confirm_order((self.product, 1), (other, 1))
        decision = order.dispatch_ids.decision_id
        self.assertEqual((len(order.dispatch_ids), len(decision)), (2, 1))
        self.assertEqual(
            (decision.outcome, decision.chosen), ("divided", "C2-01, C2-02")
        )
        self.assertEqual(self._rerun(decision)["type"], "success")

    def test_changed_inputs_raise_the_alarm(self):
        request, nodes, rule = self.decision._load()
        data = record.dump_inputs(request, nodes[1:], rule)
        self._tamper("inputs = %s", _pack(data))
        answer = self._rerun()
        self.assertEqual(answer["type"], "danger")
        self.assertIn("The inputs on record are not those", answer["message"])

    def test_inputs_that_are_no_record_raise_the_alarm(self):
        self._tamper("inputs = %s", b"bm90aGluZw==")
        self.assertIn("unreadable", self._rerun()["message"])

    def test_a_changed_answer_raises_the_alarm(self):
        self._tamper("result_digest = %s", "0" * 64)
        self.assertIn("The answer on record", self._rerun()["message"])

    def test_a_forged_answer_is_told_apart_by_its_figures(self):
        """Whoever forges answer and digest is given away by the inputs."""
        result = record.dump(self.decision._load_result())
        forged = result.replace(b'"C2-01"', b'"C2-99"', 1)
        self._tamper(
            "result = %s, result_digest = %s", _pack(forged), record.digest(forged)
        )
        answer = self._rerun()
        self.assertEqual(answer["type"], "danger")
        self.assertIn("does not follow from its inputs", answer["message"])
        self.assertIn("C2-99", answer["message"])

    def test_after_an_update_of_the_program_the_record_stands(self):
        """As if the version then had known no trust."""
        request, nodes, rule = self.decision._load()
        weights = Weights(Decimal(1), Decimal(0), Decimal(0), Decimal(0))
        told = record.dump(rank(request, nodes, replace(rule, weights=weights)))
        self._tamper(
            "result = %s, result_digest = %s, engine_version = '0.9'",
            _pack(told),
            record.digest(told),
        )
        message = self._rerun()["message"]
        self.assertIn("The program has changed since (0.9)", message)
        self.assertIn("C2-01: score was", message)
        self.assertEqual(self.decision.chosen, "C2-01")

    def test_a_changed_candidate_raises_the_alarm(self):
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE o2o_dispatch_candidate SET rank = 1 WHERE id = %s",
            (self.leg.candidate_ids[1].id,),
        )
        self.env.invalidate_all()
        message = self._rerun()["message"]
        self.assertIn(f"{self.leg.name} shows other figures", message)
        self.assertIn(self.store_far.display_name, message)

    def test_nobody_changes_or_deletes_a_decision(self):
        for user in (self.env.user, self.manager):
            decision = self.decision.with_user(user)
            with self.assertRaises(UserError):  # or AccessError, which is one
                decision.write({"chosen": "C1-01"})
            with self.assertRaises(UserError):
                decision.unlink()
            with self.assertRaises(AccessError):
                decision.with_user(self.manager).create(
                    {"order_id": self.order.id, "trigger": "confirm"}
                )
        with self.assertRaisesRegex(UserError, "can't be changed"):
            self.decision.sudo().write({"result_digest": "x"})

    def test_old_inputs_are_dropped_when_the_company_wants_that(self):
        self._tamper("date = now() - interval '100 days'")
        self._run_retention()
        self.assertTrue(self.decision.has_inputs)
        self.company.o2o_decision_months = 3
        young = self._confirm_order().dispatch_ids.decision_id
        self._run_retention()
        self.assertFalse(self.decision.has_inputs)
        self.assertTrue(young.has_inputs)
        self.assertEqual(self.decision._load_result().legs[0].node, self.store_c2.id)
        self.assertEqual(len(self.decision.inputs_digest), 64)
        with self.assertRaisesRegex(UserError, "no longer kept"):
            self.decision.action_rerun()

    def test_another_company_does_not_see_it(self):
        other = self.env["res.company"].create({"name": "Other Brand"})
        user = self._create_user("o2o_channel.o2o_group_auditor", login="elsewhere")
        user.write({"company_ids": [(6, 0, other.ids)], "company_id": other.id})
        mine = self.decision.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(mine.search([("id", "=", self.decision.id)]))
        with self.assertRaises(AccessError):
            mine.read(["chosen"])


@tagged("post_install", "-at_install")
class TestDecisionScreens(O2oRoutingCommon):
    """What people read of a decision: the picture, and why not this store."""

    def setUp(self):
        super().setUp()
        self.order = self._confirm_order((self.product, 2))
        self.leg = self.order.dispatch_ids
        self.decision = self.leg.decision_id

    def _why(self, store):
        action = self.decision.with_user(self.manager).action_why()
        wizard = (
            self.env["o2o.routing.why"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({"warehouse_id": store.id})
        )
        return wizard.answer

    def test_the_picture_holds_places_and_parts_of_the_score(self):
        picture = self.leg.route_picture
        [leg] = picture["legs"]
        self.assertEqual(leg["customer"], [30.65, 104.08])
        first = leg["stores"][0]
        self.assertEqual((first["id"], first["asked"]), (self.store_c2.id, True))
        self.assertEqual(first["place"], [30.657, 104.08])
        parts = dict(first["parts"])
        self.assertAlmostEqual(sum(parts.values()), first["score"], 4)
        self.assertEqual(
            parts.keys() - {"bonus"}, {"distance", "trust", "load", "rating"}
        )
        for shown in (self.order.o2o_route_picture, self.decision.route_picture):
            self.assertEqual(shown, picture)

    def test_without_inputs_the_picture_shows_where_stores_are_today(self):
        self.env.flush_all()
        self.env.cr.execute("UPDATE o2o_routing_decision SET inputs = NULL")
        self.env.invalidate_all()
        [leg] = self.leg.route_picture["legs"]
        self.assertFalse(leg["customer"])
        self.assertEqual(leg["stores"][0]["place"], [30.657, 104.08])
        self.assertIn("Can serve it", self._why(self.store_far))
        self.assertIn("no longer kept", self._why(self.store_far))

    def test_the_store_that_was_asked_is_told_so(self):
        self.assertIn("came first of 2 stores", self._why(self.store_c2))

    def test_a_store_that_came_second_is_told_what_it_lacked(self):
        answer = self._why(self.store_far)
        self.assertIn("came in place 2 of 2; C2-01 was chosen", answer)
        self.assertIn("km nearer", answer)
        self.assertIn("Nearness", answer)

    def test_a_dropped_store_is_told_the_reason_and_the_place_beyond(self):
        answer = self._why(self.store_b1)
        self.assertIn("The dealer does not cover the region", answer)
        self.assertIn("Without that it would have come", answer)

    def test_a_store_that_came_later_or_has_no_dealer_is_answered(self):
        late = self._create_store(self.dealer_c2, 30.65, 104.08, code="LATE")
        late.flush_recordset()
        self.env.cr.execute(
            "UPDATE stock_warehouse SET create_date = create_date + interval '1 h'"
            " WHERE id = %s",
            (late.id,),
        )
        late.invalidate_recordset()
        self.assertIn("did not exist yet", self._why(late))
        own = self.env["stock.warehouse"].create(
            {"name": "Own", "code": "OWN", "company_id": self.company.id}
        )
        self.assertIn("is no dealer", self._why(own))

    def test_an_archived_store_and_one_of_another_company_are_answered(self):
        self._set_stock(self.store_b1, self.product, 0)
        self.store_b1.active = False
        order = self._confirm_order()
        self.decision = order.dispatch_ids.decision_id
        self.assertIn("is archived", self._why(self.store_b1))
        other = self.env["res.company"].create({"name": "Other Brand"})
        theirs = self.env["stock.warehouse"].search([("company_id", "=", other.id)])
        answer = self.decision._get_answer(theirs[:1])
        self.assertIn("belongs to Other Brand", answer)

    def test_a_store_that_was_given_it_by_hand_is_told_so(self):
        self.leg.action_assign_to(self.store_far)
        answer = self._why(self.store_far)
        self.assertIn("came in place 2 of 2", answer)
        self.assertIn("Headquarters gave it to", answer)

    def test_a_store_that_took_a_part_is_told_so(self):
        other = self._create_product(name="Kettle")
        self._set_stock(self.store_far, self.product, 0)
        self._set_stock(self.store_far, other, 1)
        divided = self._confirm_order((self.product, 3), (other, 1))
        self.decision = divided.dispatch_ids.decision_id
        self.assertEqual(self.decision.outcome, "divided")
        self.assertIn("chosen for a part", self._why(self.store_c2))
        self.assertEqual(self.decision.action_rerun()["params"]["type"], "success")

    def test_the_smallest_change_is_told_in_words(self):
        self.assertRegex(
            self.decision.flip_text, "^C2-02 would have been chosen with .* nearer"
        )

    def test_where_no_one_change_is_enough_the_distance_to_the_next_is_told(self):
        self.store_far.o2o_trust = 0.65
        self.store_far.partner_id.partner_latitude = 30.2
        decision = self._confirm_order((self.product, 2)).dispatch_ids.decision_id
        self.assertRegex(
            decision.flip_text, r"No change.*Next was C2-02 with a score of 0\.\d{3}"
        )

    def test_sales_people_open_the_order_without_what_they_may_not_read(self):
        seller = self._create_user("sales_team.group_sale_salesman_all_leads")
        orders = self.env["sale.order"].with_user(seller)
        arch = orders.get_view(self.env.ref("sale.view_order_form").id, "form")["arch"]
        for name in ("o2o_candidate_ids", "o2o_route_picture", "o2o_decision_ids"):
            self.assertNotIn(f'name="{name}"', arch)
        self.assertNotIn("Stores Considered", arch)
        self.assertIn('name="dispatch_ids"', arch)
        specification = {"dispatch_ids": {"fields": {"name": {}}}}
        [values] = orders.browse(self.order.id).web_read(specification)
        self.assertEqual(values["dispatch_ids"][0]["name"], self.leg.name)

    def test_the_order_asks_about_its_own_decision(self):
        action = self.order.with_user(self.manager).action_o2o_why()
        self.assertEqual(action["context"]["default_decision_id"], self.decision.id)
        nothing = self._create_order()
        with self.assertRaisesRegex(UserError, "no decision on record"):
            nothing.action_o2o_why()
