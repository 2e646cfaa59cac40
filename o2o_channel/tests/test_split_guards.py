from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from .common_split import O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitGuards(O2oSplitCommon):
    """What calls over RPC may not do to rules, orders, funds and simulations."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", login="gm")
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.salesman = cls._create_user(
            "sales_team.group_sale_salesman_all_leads", login="gs"
        )

    def test_a_rule_does_not_begin_in_force(self):
        """Neither by the context nor by a default that a user keeps."""
        values = {
            "name": "Mine",
            "code": "MINE",
            "company_id": self.company.id,
            "line_ids": [Command.create({"role": "hq", "residual": True})],
        }
        rules = self.env["o2o.split.rule"].with_user(self.manager)
        forged = {
            "default_state": "active",
            "default_version": 7,
            "default_approved_by_id": self.env.user.id,
            "default_author_id": self.env.user.id,
        }
        self.env["ir.default"].set(
            "o2o.split.rule", "state", "active", user_id=self.manager.id
        )
        for context in (forged, {}):
            rule = rules.with_context(**context).create(
                dict(values, code=f"MINE{len(context)}")
            )
            self.assertEqual((rule.state, rule.version), ("draft", 1))
            self.assertFalse(rule.approved_by_id)
            self.assertEqual(rule.author_id, self.manager)
        rule = rules.create(dict(values, code="X", author_id=self.env.user.id))
        self.assertEqual(rule.author_id, self.manager)

    def test_a_fund_does_not_begin_approved(self):
        funds = self.env["o2o.fund"].with_user(self.accountant)
        fund = funds.with_context(
            default_state="approved", default_approved_by_id=self.env.user.id
        ).create(
            {
                "name": "Mine",
                "company_id": self.company.id,
                "amount": 10.0,
                "date_from": "2026-11-01",
                "date_to": "2026-11-30",
            }
        )
        self.assertEqual(fund.state, "draft")
        self.assertFalse(fund.approved_by_id)

    def test_a_party_put_into_a_fund_makes_its_author(self):
        """Who moves a line of one fund into another one has changed both."""
        both = self._create_user(
            "o2o_channel.o2o_group_accountant,o2o_channel.o2o_group_approver",
            login="both",
        )
        values = {
            "company_id": self.company.id,
            "amount": 10.0,
            "date_from": "2026-11-01",
            "date_to": "2026-11-30",
        }
        party = Command.create({"partner_id": self.dealer_c2.id, "score_sales": 1})
        theirs = self.env["o2o.fund"].with_user(self.accountant)
        fund = theirs.create(dict(values, name="Theirs"))
        own = theirs.with_user(both).create(dict(values, name="Own", line_ids=[party]))
        own.line_ids.fund_id = fund
        with self.assertRaisesRegex(UserError, "yourself"):
            fund.with_user(both).action_approve()

    def test_a_simulation_begins_as_a_new_one(self):
        order = self._delivered()
        job = (
            self.env["o2o.split.simulation"]
            .with_user(self.manager)
            .with_context(
                default_state="running",
                default_queue=order.order_line.ids,
                default_line_count=1,
                default_user_id=self.env.user.id,
            )
            .create(
                {
                    "name": "Mine",
                    "company_id": self.company.id,
                    "rule_id": self.rule.id,
                }
            )
        )
        self.assertEqual((job.state, job.line_count), ("draft", 0))
        self.assertFalse(job.queue)
        self.assertEqual(job.user_id, self.manager)

    def test_a_routing_simulation_begins_as_a_new_one(self):
        """Its job runs with all rights: nobody gives it orders of another company."""
        order = self._delivered()
        jobs = self.env["o2o.routing.simulation"].with_user(self.manager)
        forged = {"state": "running", "queue": order.ids, "order_count": 1}
        values = {"name": "Mine", "company_id": self.company.id}
        with self.assertRaisesRegex(UserError, "press Run"):
            jobs.create(values | forged)
        context = {f"default_{name}": value for name, value in forged.items()}
        job = jobs.with_context(**context).create(values)
        self.assertEqual((job.state, job.order_count), ("draft", 0))
        self.assertFalse(job.queue)
        with self.assertRaisesRegex(UserError, "buttons"):
            job.write(forged)

    def test_what_an_order_froze_is_not_entered(self):
        """A seller can't name another rule or another payee of a confirmed order."""
        order = self._create_order()
        order.action_confirm()
        line = order.order_line
        self.assertTrue(line.o2o_split_rule_id)
        own = line.with_user(self.salesman)
        for values in (
            {"o2o_split_parties": {"guide": self.salesman.partner_id.id}},
            {"o2o_split_rule_id": False},
            {"o2o_split_postings": 5},
            {"o2o_split_note": "x"},
        ):
            with self.assertRaisesRegex(UserError, "can't be entered"):
                own.write(values)
        with self.assertRaisesRegex(UserError, "can't be entered"):
            order.with_user(self.salesman).write(
                {"order_line": [Command.update(line.id, {"o2o_split_parties": {}})]}
            )

    def test_what_an_order_is_to_freeze_is_not_entered(self):
        draft = self.rule.copy({"code": "DRAFT"})
        order = self._create_order()
        forged = {"order_id": order.id, "product_id": self.product.id}
        lines = self.env["sale.order.line"].with_user(self.salesman)
        with self.assertRaisesRegex(UserError, "can't be entered"):
            lines.create(dict(forged, o2o_split_rule_id=draft.id))
        line = lines.with_context(
            default_o2o_split_rule_id=draft.id,
            default_o2o_split_parties={"guide": self.salesman.partner_id.id},
        ).create(forged)
        self.assertFalse(line.o2o_split_rule_id)
        self.assertFalse(line.o2o_split_parties)

    def test_who_sells_a_confirmed_order_stays(self):
        order = self._create_order()
        order.action_confirm()
        self.assertEqual(order.o2o_accounting_mode, "principal")
        with self.assertRaisesRegex(UserError, "Accounting Mode"):
            order.with_user(self.salesman).write({"o2o_accounting_mode": "agent"})

    def test_why_of_another_companys_share(self):
        """The derivation is worked out with all rights: only for who may read the share."""
        share = self._delivered().o2o_split_line_ids[:1]
        other = self.env["res.company"].create({"name": "Elsewhere"})
        stranger = new_test_user(
            self.env,
            groups="o2o_channel.o2o_group_auditor",
            login="stranger",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        wizards = self.env["o2o.split.why"].with_user(stranger)
        with self.assertRaises(AccessError):
            wizards.create({"line_id": share.id}).read(["answer"])
        with self.assertRaises(AccessError):
            wizards.new({"line_id": share.id}).answer  # noqa: B018

    def test_the_guaranteed_margin_is_of_the_dealers_keepers(self):
        """It is money: who only edits contacts doesn't raise it."""
        clerk = self._create_user(
            "base.group_user,base.group_partner_manager", login="clerk"
        )
        for values in (
            {"o2o_guaranteed_margin": 50.0},
            {"o2o_deposit_top_up": True},
            {"o2o_minimum_payout": 1e6},
            {"o2o_settlement_cycle": "day"},
        ):
            with self.assertRaises(UserError):
                self.dealer_c2.with_user(clerk).write(values)
        self.dealer_c2.with_user(self.manager).write({"o2o_guaranteed_margin": 6.0})


@tagged("post_install", "-at_install")
class TestSplitReview(O2oSplitCommon):
    """Cents and periods that a second reader found wrong."""

    def test_a_crew_named_after_the_confirmation_of_an_order_without_other_parties(
        self,
    ):
        """Nobody else takes part: the crew's share went to headquarters."""
        order = self._create_order(o2o_origin_dealer_id=False, o2o_guide_id=False)
        order.action_confirm()
        line = order.order_line
        crew = self.env["res.partner"].create({"name": "Crew W"})
        line.o2o_split_parties = {}  # nobody but who delivers was found
        order.o2o_crew_id = crew
        self.assertEqual(line.o2o_split_parties, {"crew": crew.id})

    def test_a_fund_counts_the_days_of_its_time(self):
        """Not the whole month in which it begins."""
        self._delivered(1, 1130.0)  # on the 20th
        accountant = self._create_user("o2o_channel.o2o_group_accountant")
        fund = (
            self.env["o2o.fund"]
            .with_user(accountant)
            .create(
                {
                    "name": "Last week",
                    "company_id": self.company.id,
                    "amount": 10.0,
                    "date_from": "2026-11-21",
                    "date_to": "2026-11-30",
                }
            )
        )
        with self.assertRaisesRegex(UserError, "Nobody earned"):
            fund.action_take_sales()
        fund.write({"date_from": "2026-11-20", "date_to": "2026-11-20"})
        fund.action_take_sales()
        self.assertIn(self.dealer_c2, fund.line_ids.partner_id)
