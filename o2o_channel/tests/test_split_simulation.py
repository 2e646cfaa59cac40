from unittest.mock import patch

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import tagged

from ..models.split import o2o_split_simulation_run
from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitSimulation(O2oSplitCommon):
    """Past orders under another version: by party, and nothing is written."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", login="sim")

    def _draft(self, **rates):
        action = self.rule.action_new_version()
        draft = self.env["o2o.split.rule"].browse(action["res_id"])
        for line in draft.line_ids:
            line.rate = rates.get(line.role, line.rate)
        return draft

    def _simulate(self, rule, **values):
        job = (
            self.env["o2o.split.simulation"]
            .with_user(self.manager)
            .create(
                {
                    "name": "Try",
                    "company_id": self.company.id,
                    "rule_id": rule.id,
                    **values,
                }
            )
        )
        job.action_run()
        self._work()
        return job

    def _work(self):
        with self.enter_registry_test_mode():
            job = self.env.ref("o2o_channel.ir_cron_o2o_split_simulation")
            job.method_direct_trigger()
        self.env.invalidate_all()

    def _table(self, job):
        return {
            row.role: (row.present, row.trial, row.difference) for row in job.share_ids
        }

    def test_each_party_beside_what_was_posted(self):
        order = self._delivered(1, 1130.0)
        other = self._delivered(3, 56.5)
        before = self._frozen(order | other)
        job = self._simulate(self._draft(fulfiller=80, guide=4))
        self.assertEqual(job.state, "done", job.failure)
        self.assertEqual(
            self._table(job),
            {
                "fulfiller": (943.0, 920.0, -23.0),
                "origin": (69.0, 69.0, 0.0),
                "tier1": (23.0, 23.0, 0.0),
                "guide": (34.5, 46.0, 11.5),
                "hq": (80.5, 92.0, 11.5),
            },
        )
        self.assertEqual((job.line_count, job.tried_count, job.failed_count), (2, 2, 0))
        self.assertEqual(self._frozen(order | other), before)

    def _frozen(self, orders):
        """All that a simulation might touch."""
        orders.invalidate_recordset()
        lines = orders.order_line
        return (
            [(line.o2o_split_parties, line.o2o_split_note) for line in lines],
            lines.mapped("write_date"),
            lines.o2o_split_line_ids.mapped("write_date"),
            self.env["account.move"].search_count([]),
        )

    def test_what_came_back_counts_under_both(self):
        order = self._delivered(2, 1130.0)
        self._take_back(order, 1)
        job = self._simulate(self._draft(fulfiller=80))
        self.assertEqual(self._table(job)["fulfiller"], (820.0, 800.0, -20.0))

    def test_orders_that_another_rule_takes_keep_what_they_have(self):
        category = self.env["product.category"].create({"name": "Doors"})
        self._delivered(1, 1130.0)
        draft = self._draft(fulfiller=10)
        draft.categ_ids = [Command.set(category.ids)]
        job = self._simulate(draft)
        self.assertEqual((job.line_count, job.tried_count), (1, 0))
        self.assertEqual(self._table(job)["fulfiller"], (820.0, 820.0, 0.0))

    def test_a_price_that_is_not_known_is_told(self):
        self._delivered(1, 1130.0)
        draft = self._draft()
        draft.line_ids.filtered(lambda line: line.role == "guide").base = "floor_price"
        job = self._simulate(draft)
        self.assertEqual((job.tried_count, job.failed_count), (0, 1))
        self.assertIn("floor price", job.failed_reason)
        self.assertEqual(self._table(job)["guide"][2], 0.0)

    def test_terms_of_a_margin_are_looked_up_and_not_kept(self):
        pricelist = self.env["product.pricelist"].create(
            {
                "name": "Dealers",
                "currency_id": self.currency.id,
                "item_ids": [
                    Command.create({"compute_price": "fixed", "fixed_price": 678.0})
                ],
            }
        )
        order = self._delivered(1, 1130.0)
        self.dealer_c2.with_company(self.company).property_product_pricelist = pricelist
        draft = self._draft()
        draft.line_ids.filtered(lambda line: line.role == "fulfiller").write(
            {"base": "margin", "rate": 50}
        )
        before = self._frozen(order)
        job = self._simulate(draft)
        self.assertEqual(self._table(job)["fulfiller"], (820.0, 200.0, -620.0))
        self.assertEqual(self._frozen(order), before)

    def test_the_last_orders_or_those_of_a_time(self):
        for _number in range(3):
            self._delivered(1, 1130.0)
        draft = self._draft(fulfiller=80)
        self.assertEqual(self._simulate(draft, order_limit=2).line_count, 2)
        dates = {"date_from": "2026-11-20", "date_to": "2026-11-20", "basis": "dates"}
        self.assertEqual(self._simulate(draft, **dates).line_count, 3)
        with self.assertRaisesRegex(UserError, "No orders"):
            self._simulate(
                draft,
                **dates
                | {
                    "date_to": "2026-11-20",
                    "date_from": "2026-11-20",
                    "channel_ids": [Command.set(self._other_channel().ids)],
                },
            )
        with self.assertRaisesRegex(ValidationError, "is no time"):
            self._simulate(
                draft, basis="dates", date_from="2026-11-20", date_to="2026-11-01"
            )

    def _other_channel(self):
        return self.env["o2o.channel"].create(
            {
                "name": "Other",
                "code": "oth",
                "company_id": self.company.id,
            }
        )

    def test_it_goes_on_after_a_chunk(self):
        for _number in range(3):
            self._delivered(1, 1130.0)
        job = self.env["o2o.split.simulation"].create(
            {"company_id": self.company.id, "rule_id": self._draft(fulfiller=80).id}
        )
        job.action_run()
        with patch.object(o2o_split_simulation_run, "CHUNK", 2):
            chunks = job._process()
            self.assertEqual(next(chunks), 2)
        job.invalidate_recordset()
        self._work()
        self.assertEqual(self._table(job)["fulfiller"], (2460.0, 2400.0, -60.0))

    def test_a_cancelled_one_stops_and_can_be_run_again(self):
        self._delivered(1, 1130.0)
        job = (
            self.env["o2o.split.simulation"]
            .with_user(self.manager)
            .create({"company_id": self.company.id, "rule_id": self._draft().id})
        )
        job.action_run()
        with self.assertRaisesRegex(UserError, "can't be changed"):
            job.order_limit = 5
        job.action_cancel()
        self._work()
        self.assertFalse(job.share_ids)
        job.action_run()
        self._work()
        self.assertEqual(job.state, "done")
        with self.assertRaisesRegex(UserError, "Duplicate"):
            job.action_run()

    def test_results_are_written_by_the_job_alone(self):
        job = self._simulate_one()
        with self.assertRaises(AccessError):
            job.share_ids.with_user(self.manager)[:1].trial = 1
        with self.assertRaisesRegex(UserError, "begins as a new one"):
            job.copy().with_user(self.manager).create(
                {"rule_id": job.rule_id.id, "state": "done"}
            )

    def _simulate_one(self):
        self._delivered(1, 1130.0)
        return self._simulate(self._draft(fulfiller=80))

    def test_the_rule_opens_a_simulation_of_itself(self):
        action = self.rule.action_simulate()
        job = self.env["o2o.split.simulation"].with_context(**action["context"]).new()
        self.assertEqual(job.rule_id.id or job.rule_id._origin.id, self.rule.id)
