from freezegun import freeze_time

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import SQL

from .common import O2oRoutingCommon

# Tables that a simulation may write; the trigger of its action is Odoo's own.
OWN_TABLES = ("o2o_routing_simulation", "ir_cron_trigger")


class SimulationCommon(O2oRoutingCommon):
    """Six orders: two accepted at once, two rejected by the near store and taken by
    the far one, one that expired, one that nobody answered yet."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.rule = cls.env["o2o.routing.rule"].create(
            {"name": "All", "company_id": cls.company.id}
        )
        with freeze_time("2026-11-10 03:00:00"):
            cls.orders = [cls._confirm_order() for _number in range(6)]
        with freeze_time("2026-11-10 03:10:00"):
            for order in cls.orders[:2]:
                cls._open_leg(order).action_accept()
            for order in cls.orders[2:4]:
                cls._open_leg(order).action_reject(cls.reason)
        with freeze_time("2026-11-10 03:20:00"):
            for order in cls.orders[2:4]:
                cls._open_leg(order).action_accept()
        with freeze_time("2026-11-10 03:31:00"):
            cls._open_leg(cls.orders[4])._expire()
        cls.orders = cls.env["sale.order"].union(*cls.orders)
        cls.env.flush_all()

    @classmethod
    def _open_leg(cls, order):
        return order.dispatch_ids.filtered(lambda leg: leg.state == "offered")

    @classmethod
    def _create_trial(cls, **values):
        """A rule on trial that is not in force: an earlier sequence would win."""
        return cls.env["o2o.routing.rule"].create(
            {
                "name": "Trial",
                "company_id": cls.company.id,
                "sequence": 1,
                "active": False,
                **values,
            }
        )

    @classmethod
    def _simulate(cls, rules, **values):
        job = cls.env["o2o.routing.simulation"].create(
            {
                "name": "Try",
                "rule_ids": [Command.set(rules.ids)],
                "company_id": cls.company.id,
                "seed": 7,
                **values,
            }
        )
        job._begin()
        for _chunk in job._process():
            pass
        return job

    def _measures(self, job):
        return {row.measure: row for row in job.measure_ids}


@tagged("post_install", "-at_install")
class TestRoutingSimulation(SimulationCommon):
    def test_the_present_rules_replay_what_stores_answered(self):
        job = self._simulate(self.rule)
        self.assertEqual(job.state, "done", job.failure)
        self.assertEqual(job.replayed_count, 6)
        rows = self.env["o2o.routing.simulation.order"].search(
            [("simulation_id", "=", job.id)]
        )
        stores = {row.order_id: row.present_warehouse_id for row in rows}
        near, far = self.store_c2, self.store_far
        for order in self.orders[:2]:
            self.assertEqual(stores[order], near)
        for order in self.orders[2:4]:
            self.assertEqual(stores[order], far)
        self.assertFalse(any(rows.mapped("is_changed")))
        for measure in job.measure_ids:
            self.assertEqual(measure.difference, 0, measure.measure)
            self.assertEqual(measure.verdict, "same", measure.measure)

    def test_history_is_shown_beside(self):
        measures = self._measures(self._simulate(self.rule))
        # 4 accepted, 2 rejected, 1 expired
        self.assertAlmostEqual(measures["reject_rate"].history, 100 * 2 / 7, 2)
        self.assertAlmostEqual(measures["expiry_rate"].history, 100 / 7, 2)
        self.assertAlmostEqual(measures["minutes_mean"].history, 15, 2)
        self.assertAlmostEqual(measures["minutes_median"].history, 10, 2)
        self.assertAlmostEqual(measures["unfilled_rate"].history, 100 * 2 / 6, 2)

    def test_a_nearer_limit_leaves_orders_untaken(self):
        trial = self._create_trial(max_distance_km=3)
        job = self._simulate(trial)
        measures = self._measures(job)
        self.assertGreater(measures["unfilled_rate"].difference, 0)
        self.assertLess(measures["km_mean"].difference, 0)
        # what the near store did not take; the rest may depend on drawn answers
        self.assertGreaterEqual(job.changed_count, 2)
        row = self.env["o2o.routing.simulation.order"].search(
            [("simulation_id", "=", job.id), ("order_id", "=", self.orders[2].id)]
        )
        self.assertEqual(row.history_warehouse_id, self.store_far)
        self.assertEqual(row.present_warehouse_id, self.store_far)
        self.assertFalse(row.warehouse_id)
        self.assertTrue(row.is_tried)
        self.assertIn(self.store_c2.name, row.story)

    def test_nothing_else_is_written(self):
        trial = self._create_trial(max_distance_km=3)
        before = self._fingerprint()
        job = self._simulate(trial)
        self.env.flush_all()
        job.action_view_orders()
        after = self._fingerprint()
        changed = {name for name in after if after[name] != before.get(name)}
        self.assertEqual(changed, set())

    def _fingerprint(self):
        """{table: rows and what is in them} of the tables that routing touches, and
        the number of rows of all others."""
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
            " WHERE c.relkind = 'r' AND n.nspname = 'public'"
        )
        names = [
            name for [name] in self.env.cr.fetchall() if not name.startswith(OWN_TABLES)
        ]
        deep = ("stock_", "sale_order", "o2o_dispatch", "o2o_trust", "o2o_routing_d")
        found = {}
        for name in names:
            content = "md5(string_agg(t::text, '' ORDER BY t::text))"
            what = content if name.startswith(deep) else "NULL"
            query = SQL(
                "SELECT count(*), %s FROM %s t", SQL(what), SQL.identifier(name)
            )
            self.env.cr.execute(query)
            found[name] = self.env.cr.fetchone()
        return found

    def test_the_same_seed_gives_the_same_result_in_any_chunks(self):
        trial = self._create_trial(max_distance_km=20)
        whole = self._simulate(trial)
        other = whole.copy({"seed": 7})
        other._begin()
        queue = other.queue
        for start in range(0, len(queue), 2):
            other.invalidate_recordset()
            other.sudo()._replay_chunk(queue[start : start + 2])
        other.sudo()._finish()
        self.assertEqual(self._results(whole), self._results(other))

    def _results(self, job):
        rows = self.env["o2o.routing.simulation.order"].search(
            [("simulation_id", "=", job.id)], order="order_id"
        )
        figures = [
            (row.measure, row.present, row.trial, row.low, row.high, row.verdict)
            for row in job.measure_ids
        ]
        return figures, [(row.order_id, row.facts, row.trails) for row in rows]

    def test_a_cancelled_run_stops_and_starts_anew(self):
        job = self._create_job()
        job.with_user(self.manager).action_run()
        self.assertEqual(job.state, "running")
        job.with_user(self.manager).action_cancel()
        for _chunk in job._process():
            self.fail("a cancelled simulation went on")
        job.with_user(self.manager).action_run()
        for _chunk in job._process():
            pass
        self.assertEqual(job.state, "done")
        self.assertEqual(job.done_count, 6)

    def _create_job(self, **values):
        return self.env["o2o.routing.simulation"].create(
            {
                "name": "Try",
                "rule_ids": [Command.set(self.rule.ids)],
                "company_id": self.company.id,
                **values,
            }
        )

    def test_the_scheduled_action_runs_what_waits(self):
        job = self._create_job()
        job.with_user(self.manager).action_run()
        with self.enter_registry_test_mode():
            self.env.ref(
                "o2o_channel.ir_cron_o2o_routing_simulation"
            ).method_direct_trigger()
        job.invalidate_recordset()
        self.assertEqual((job.state, job.progress), ("done", 100.0), job.failure)

    def test_orders_whose_inputs_were_dropped_are_counted(self):
        self.env.cr.execute(
            "UPDATE o2o_routing_decision SET inputs = NULL WHERE order_id IN %s",
            (tuple(self.orders[:2].ids),),
        )
        self.env.invalidate_all()
        job = self._simulate(self.rule)
        self.assertEqual((job.dropped_count, job.replayed_count), (2, 4))

    def test_without_any_inputs_the_run_fails_and_says_why(self):
        self.env.cr.execute("UPDATE o2o_routing_decision SET inputs = NULL")
        self.env.invalidate_all()
        job = self._create_job()
        job._begin()
        with self.assertRaisesRegex(UserError, "no longer kept"):
            for _chunk in job._process():
                pass

    def test_a_range_without_orders_is_refused_with_the_remedy(self):
        job = self._create_job(
            basis="dates", date_from="2020-01-01", date_to="2020-01-31"
        )
        with self.assertRaisesRegex(UserError, "Choose more days"):
            job.action_run()
        self.assertEqual(job.state, "draft")

    def test_the_days_are_those_of_the_company(self):
        # 03:00 UTC on the 10th is the 10th in Shanghai, 17:00 UTC is the 11th there
        self.orders[0].date_order = "2026-11-10 17:00:00"
        self.orders[1:].write({"date_order": "2026-11-10 03:00:00"})
        for day, count in (("2026-11-10", 5), ("2026-11-11", 1)):
            job = self._create_job(basis="dates", date_from=day, date_to=day)
            job._begin()
            self.assertEqual(job.order_count, count, day)

    def test_orders_without_a_decision_are_told(self):
        legs = self.orders.dispatch_ids
        self.env.cr.execute(
            "UPDATE o2o_dispatch SET decision_id = NULL WHERE id IN %s", (legs._ids,)
        )
        self.env.cr.execute("DELETE FROM o2o_routing_decision")
        self.env.invalidate_all()
        with self.assertRaisesRegex(UserError, "None of these 6 orders"):
            self._create_job().action_run()

    def test_a_question_needs_a_rule_and_sensible_values(self):
        job = self._create_job(rule_ids=False)
        with self.assertRaisesRegex(UserError, "at least one rule"):
            job.action_run()
        with self.assertRaisesRegex(ValidationError, "before it starts"):
            self._create_job(
                basis="dates", date_from="2026-02-01", date_to="2026-01-01"
            )
        with self.assertRaisesRegex(ValidationError, "first and last day"):
            self._create_job(basis="dates", date_from="2026-02-01")
        with self.assertRaisesRegex(ValidationError, "side by side"):
            rules = self.rule | self.rule.browse(
                self._create_trial(name=f"T{number}").id for number in range(5)
            )
            self._create_job(rule_ids=[Command.set(rules.ids)])

    def test_the_question_of_a_finished_run_stays(self):
        job = self._simulate(self.rule)
        with self.assertRaisesRegex(UserError, "Duplicate it"):
            job.with_user(self.manager).order_limit = 5
        job.with_user(self.manager).name = "Another name"
        self.assertEqual(job.copy().state, "draft")

    def test_the_auditor_reads_and_does_not_run(self):
        job = self._simulate(self.rule)
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        self.assertTrue(job.with_user(auditor).summary)
        with self.assertRaises(AccessError):
            job.copy().with_user(auditor).action_run()

    def test_a_draft_version_is_tried_in_place_of_the_one_in_force(self):
        action = self.rule.action_new_version()
        draft = self.env["o2o.routing.rule"].browse(action["res_id"])
        draft.max_distance_km = 3
        self.assertEqual(draft.state, "draft")
        job = self._simulate(draft)
        measures = self._measures(job)
        self.assertGreater(measures["unfilled_rate"].difference, 0)
        rows = self.env["o2o.routing.simulation.order"].search(
            [("simulation_id", "=", job.id)]
        )
        self.assertTrue(all(rows.mapped("is_tried")))

    def test_orders_that_the_rule_is_not_for_stay_with_the_present_rules(self):
        trial = self._create_trial(
            max_distance_km=1, region_ids=[Command.set(self.beijing.ids)]
        )
        job = self._simulate(trial)
        self.assertFalse(job.changed_count)
        rows = self.env["o2o.routing.simulation.order"].search(
            [("simulation_id", "=", job.id)]
        )
        self.assertFalse(any(rows.mapped("is_tried")))

    def test_the_button_of_the_rule_asks_about_it(self):
        action = self.rule.with_user(self.manager).action_simulate()
        job = (
            self.env["o2o.routing.simulation"]
            .with_user(self.manager)
            .with_context(**action["context"])
            .create({})
        )
        self.assertEqual(job.rule_ids, self.rule)
