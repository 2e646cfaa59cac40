from psycopg2 import IntegrityError

from odoo import Command
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .common_split import XR, O2oSplitCommon


@tagged("post_install", "-at_install")
class TestSplitRule(O2oSplitCommon):
    """Versions of a rule, their selector, and who may do what."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls.approver = cls._create_user("o2o_channel.o2o_group_approver")
        cls.auditor = cls._create_user("o2o_channel.o2o_group_auditor")
        cls.both = cls._create_user(
            "o2o_channel.o2o_group_manager,o2o_channel.o2o_group_approver", login="both"
        )

    def _draft(self, user=None, shares=None, **values):
        """A draft that ``user`` (the manager) wrote."""
        return (
            self.env["o2o.split.rule"]
            .with_user(user or self.manager)
            .create(
                {
                    "name": "Draft",
                    "code": "D",
                    "company_id": self.company.id,
                    "line_ids": [
                        *(
                            Command.create({"role": role, "rate": rate})
                            for role, rate in shares or XR
                        ),
                        Command.create({"role": "hq", "residual": True}),
                    ],
                    **values,
                }
            )
        )

    # -- life of a version --------------------------------------------------
    def test_manager_writes_and_approver_activates(self):
        rule = self._draft()
        self.assertEqual((rule.state, rule.author_id), ("draft", self.manager))
        rule.with_user(self.approver).action_activate()
        self.assertEqual((rule.state, rule.approved_by_id), ("active", self.approver))

    def test_maker_is_not_checker(self):
        rule = self._draft(self.both)
        with self.assertRaisesRegex(UserError, "another approver"):
            rule.with_user(self.both).action_activate()
        rule = self._draft(code="E")
        rule.with_user(self.both).line_ids[0].rate = 10
        rule.with_user(self.both).name = "Changed"
        with self.assertRaisesRegex(UserError, "another approver"):
            rule.with_user(self.both).action_activate()

    def test_last_editor_of_a_share_is_its_author(self):
        rule = self._draft()
        rule.with_user(self.both).line_ids[0].rate = 10
        with self.assertRaisesRegex(UserError, "another approver"):
            rule.with_user(self.both).action_activate()

    def test_only_an_approver_activates(self):
        for user in (self.manager, self.accountant, self.auditor):
            with self.assertRaises(AccessError):
                self._draft(code=user.login).with_user(user).action_activate()

    def test_state_cannot_be_written_by_hand(self):
        rule = self._draft()
        for values in (
            {"state": "active"},
            {"version": 7},
            {"approved_by_id": self.manager.id},
        ):
            with self.assertRaisesRegex(UserError, "by hand"):
                rule.with_user(self.manager).write(values)
        with self.assertRaisesRegex(UserError, "begins as draft"):
            self._draft(code="S", state="active")

    def test_active_version_cannot_be_edited(self):
        for record, values in (
            (self.rule, {"absent_share_to": "fulfiller"}),
            (self.rule, {"channel_ids": [Command.link(self.channel.id)]}),
            (self.rule.line_ids[0], {"rate": 1}),
            (self.rule, {"line_ids": [Command.create({"role": "crew", "rate": 1})]}),
        ):
            with self.assertRaisesRegex(UserError, "New Version"):
                record.with_user(self.manager).write(values)
        with self.assertRaisesRegex(UserError, "New Version"):
            self.rule.line_ids[0].with_user(self.manager).unlink()

    def test_used_version_cannot_be_edited_by_anybody(self):
        self._create_order().action_confirm()
        with self.assertRaisesRegex(UserError, "New Version"):
            self.rule.absent_share_to = "fulfiller"
        with self.assertRaisesRegex(UserError, "New Version"):
            self.rule.line_ids[0].rate = 1
        with self.assertRaisesRegex(UserError, "New Version"):
            self.rule.line_ids[0].unlink()
        with self.assertRaisesRegex(UserError, "New Version"):
            self.rule.unlink()

    def test_data_may_load_a_rule_in_force(self):
        rule = self._create_rule(XR, code="LOADED", state="active", sequence=1)
        self.assertEqual(len(rule.line_ids), 5)
        self.assertEqual(self._rule_of(), rule)

    def test_rule_without_a_code_gets_one(self):
        values = {"name": "No code", "company_id": self.company.id}
        rules = self.env["o2o.split.rule"].create([values, values])
        self.assertEqual(len(set(rules.mapped("code"))), 2)

    def test_rate_of_the_residual_is_nominal(self):
        rule = self._create_rule([("fulfiller", 95)], code="N")
        rule.line_ids[-1].rate = 7
        self.assertIn("50.00", rule.preview_html)

    def test_new_version_supersedes_the_old_one(self):
        action = self.rule.with_user(self.manager).action_new_version()
        draft = self.env["o2o.split.rule"].browse(action["res_id"])
        self.assertEqual((draft.code, draft.version, draft.state), ("XR", 2, "draft"))
        self.assertEqual(draft.root_id, self.rule)
        self.assertEqual(
            draft.line_ids.mapped("rate"), self.rule.line_ids.mapped("rate")
        )
        draft.with_user(self.manager).line_ids[0].rate = 80
        draft.with_user(self.approver).action_activate()
        self.assertEqual((self.rule.state, draft.state), ("superseded", "active"))
        self.assertEqual(self.rule.line_ids[0].rate, 82)

    def test_maker_of_a_new_version_is_not_its_checker(self):
        action = self.rule.with_user(self.both).action_new_version()
        draft = self.env["o2o.split.rule"].browse(action["res_id"])
        with self.assertRaisesRegex(UserError, "another approver"):
            draft.with_user(self.both).action_activate()

    def test_rule_without_shares_is_not_activated(self):
        rule = self.env["o2o.split.rule"].create(
            {"name": "Empty", "code": "EM", "company_id": self.company.id}
        )
        with self.assertRaisesRegex(UserError, "no shares"):
            rule.action_activate()

    # -- refused content ----------------------------------------------------
    def test_senseless_rules_are_refused(self):
        spread = [
            {"role": role, "kind": "spread", "rate": 51} for role in ("origin", "guide")
        ]
        for shares, text in (
            ([("fulfiller", 82), ("origin", 19)], "add up to 101"),
            (spread, "add up to 102"),
        ):
            with self.assertRaisesRegex(ValidationError, text):
                self._create_rule(shares, code=text)
        with self.assertRaisesRegex(ValidationError, "0 shares take the rest"):
            self.env["o2o.split.rule"].create(
                {
                    "name": "No rest",
                    "code": "BAD",
                    "line_ids": [Command.create({"role": "origin", "rate": 5})],
                }
            )

    def test_share_added_over_a_hundred_percent_is_refused(self):
        rule = self._draft()
        with self.assertRaisesRegex(ValidationError, "add up to 101"):
            self.env["o2o.split.rule.line"].create(
                {"rule_id": rule.id, "role": "crew", "rate": 8}
            )

    @mute_logger("odoo.sql_db")
    def test_database_refuses_senseless_shares(self):
        for share in (
            {"role": "hq", "residual": True},
            {"role": "origin", "rate": -1},
            {"role": "origin", "cap": 5, "floor": 6},
            {"role": "origin", "floor": -1},
        ):
            rule = self._draft(code=str(share))
            with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                self.env["o2o.split.rule.line"].create({"rule_id": rule.id, **share})
                self.env.flush_all()

    @mute_logger("odoo.sql_db")
    def test_one_active_version_per_code(self):
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            self._create_rule(XR)

    def test_copy_gets_a_code_of_its_own(self):
        copy = self.rule.copy()
        self.assertEqual((copy.code, copy.version, copy.state), ("XR-copy", 1, "draft"))
        self.assertFalse(copy.root_id)

    # -- selector -----------------------------------------------------------
    def _rule_of(self, **values):
        order = self._create_order(**values)
        order.action_confirm()
        return order.order_line.o2o_split_rule_id

    def test_first_matching_rule_wins(self):
        shop = self._create_channel(code="SHOP", name="Shop", kind="own_shop")
        cases = {
            "channel_ids": [Command.link(shop.id)],
            "region_ids": [Command.link(self.beijing.id)],
            "categ_ids": [
                Command.link(self.env["product.category"].create({"name": "Other"}).id)
            ],
            "date_to": "2020-01-01",
            "flow": "off2off",
        }
        for field, value in cases.items():
            self._create_rule(
                XR, code=field, sequence=1, **{field: value}
            ).action_activate()
        self.assertEqual(self._rule_of(), self.rule)
        matching = {
            "region_ids": [Command.link(self.sichuan.id)],
            "categ_ids": [Command.link(self.category.id)],
            "channel_ids": [Command.link(self.channel.id)],
            "date_from": "2026-01-01",
        }
        chosen = self._create_rule(XR, code="FIT", sequence=2, **matching)
        self.assertEqual(self._rule_of(), self.rule)
        chosen.action_activate()
        self.assertEqual(self._rule_of(), chosen)

    def test_rule_of_another_company_does_not_match(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.env["o2o.split.rule"].create(
            {
                "name": "Other's",
                "code": "O",
                "company_id": other.id,
                "sequence": 0,
                "line_ids": [Command.create({"role": "hq", "residual": True})],
            }
        ).action_activate()
        self.assertEqual(self._rule_of(), self.rule)

    # -- preview ------------------------------------------------------------
    def test_preview_shows_the_waterfall(self):
        rule = self._draft().with_user(self.manager)
        with Form(rule) as form:
            form.preview_amount = 884.07
            for text in ("724.94", "53.04", "17.68", "26.52", "3 % = 26.5221", "61.89"):
                self.assertIn(text, form.preview_html)
            with form.line_ids.edit(0) as share:
                share.rate = 80
            self.assertIn("707.26", form.preview_html)
        self.assertEqual(rule.line_ids[0].rate, 80)

    def test_preview_of_an_order_without_a_guide_and_with_a_coupon(self):
        """GA's figures with a coupon of 88.50 that headquarters pays; GJ without a guide."""
        rule = self.rule.with_user(
            self.manager
        )  # in force: it may be tried, not changed
        with Form(rule) as form:
            form.preview_amount = 1000.0
            self.assertIn("Guide", form.preview_html)
            form.preview_guide = False
            self.assertIn("instead of Guide", form.preview_html)
            form.preview_guide = True
            self.assertNotIn("instead of", form.preview_html)
            form.preview_coupon = 88.5
            self.assertIn("-18.50", form.preview_html)
            self.assertIn("911.50", form.preview_html)

    def test_preview_of_two_units_of_which_one_came_back(self):
        with Form(self.rule.with_user(self.manager)) as form:
            form.preview_quantity = 2
            form.preview_back = 1
            self.assertIn("410.00", form.preview_html)
            form.preview_back = 0
            form.preview_fulfiller = False
            self.assertIn("instead of Fulfilling Dealer", form.preview_html)

    def test_preview_of_a_subsidy_and_a_floor_price(self):
        self.company.o2o_guaranteed_margin = 5.0
        rule = self._create_rule(
            [
                ("fulfiller", 82),
                {"role": "subsidy", "base": "guarantee", "rate": 100},
                {"role": "crew", "kind": "spread", "rate": 60},
            ],
            code="PV",
        ).with_user(self.manager)
        with Form(rule) as form:
            form.preview_amount = 2653.98
            form.preview_cost = 2699.115
            form.preview_floor = 2553.98
            self.assertIn("657.82", form.preview_html)
            self.assertIn("60.00", form.preview_html)

    def test_a_version_tells_what_it_changes(self):
        draft = self.env["o2o.split.rule"].browse(
            self.rule.action_new_version()["res_id"]
        )
        self.assertEqual(draft.former_id, self.rule)
        self.assertIn("Nothing differs", draft.changes_html)
        draft.line_ids.filtered(lambda line: line.role == "fulfiller").rate = 80
        draft.line_ids.filtered(lambda line: line.role == "tier1").unlink()
        draft.absent_share_to = "fulfiller"
        draft.invalidate_recordset()
        text = draft.changes_html
        for part in ("XR v1", "XR v2", "82", "80", "Tier-1", "Headquarters"):
            self.assertIn(part, text)
        self.assertNotIn("Guide", text)
        self.assertFalse(self.rule.changes_html)

    def test_preview_says_what_is_wrong(self):
        rule = self.env["o2o.split.rule"].new({"name": "New", "code": "N"})
        self.assertIn("0 shares take the rest", rule.preview_html)

    def test_shares_read_as_people_write_them(self):
        share = {"role": "crew", "kind": "fixed", "rate": 80}
        rule = self._create_rule([("origin", 2.5), share], code="R")
        texts = [line._rate_text() for line in rule.line_ids]
        self.assertEqual((texts[0], texts[2]), ("2.5 %", "rest"))
        self.assertIn("80.00", texts[1])

    # -- access -------------------------------------------------------------
    def test_who_may_write_rules(self):
        values = {"name": "X", "code": "X", "company_id": self.company.id}
        self.env["o2o.split.rule"].with_user(self.manager).create(values)
        for user in (self.accountant, self.approver, self.auditor):
            rules = self.env["o2o.split.rule"].with_user(user)
            self.assertTrue(rules.search([("id", "=", self.rule.id)]))
            with self.assertRaises(AccessError):
                rules.create(dict(values, code=user.login))

    def test_who_reads_shares_and_nobody_deletes(self):
        share = self._delivered().o2o_split_line_ids[0]
        for user in (self.manager, self.accountant, self.approver, self.auditor):
            own = share.with_user(user)
            self.assertEqual(own.amount, share.amount)
            with self.assertRaises(UserError):
                own.unlink()
            with self.assertRaises(UserError):
                own.write({"amount": 1})
        dealer = self._create_user(
            "o2o_channel.o2o_group_dealer_portal",
            login="c2",
            partner_id=self.dealer_c2.id,
        )
        with self.assertRaises(AccessError):
            share.with_user(dealer).read(["amount"])
        with self.assertRaises(AccessError):
            self.rule.with_user(dealer).read(["name"])

    def test_shares_of_another_company_are_hidden(self):
        share = self._delivered().o2o_split_line_ids[0]
        other = self.env["res.company"].create({"name": "Other"})
        stranger = self._create_user("o2o_channel.o2o_group_auditor", login="stranger")
        stranger.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        lines = (
            share.browse()
            .with_user(stranger)
            .with_context(allowed_company_ids=other.ids)
        )
        self.assertFalse(lines.search([("id", "=", share.id)]))

    def test_only_the_accountant_splits_again(self):
        order = self._delivered()
        with self.assertRaisesRegex(UserError, "accountant"):
            order.with_user(self.manager).action_o2o_split()


@tagged("post_install", "-at_install")
class TestSplitSetup(O2oSplitCommon):
    """Accounts, journal and roles of a company."""

    def test_setup_twice_creates_nothing_twice(self):
        before = self.env["account.account"].search_count([])
        roles = self.company.o2o_split_role_ids
        self.company._o2o_setup_accounting()
        self.assertEqual(self.env["account.account"].search_count([]), before)
        self.assertEqual(self.company.o2o_split_role_ids, roles)
        self.assertEqual(len(roles), 7)
        clearing = self.company.o2o_clearing_account_id
        self.assertEqual((clearing.code, clearing.reconcile), ("224110", True))

    def test_account_of_that_code_with_another_use_is_left_alone(self):
        company = self.env["res.company"].create(
            {"name": "New", "currency_id": self.currency.id}
        )
        self.env["account.account"].with_company(company).create(
            {
                "code": "224110",
                "name": "Theirs",
                "account_type": "income",
                "company_ids": [Command.set(company.ids)],
            }
        )
        company._o2o_setup_accounting()
        clearing = company.with_company(company).o2o_clearing_account_id
        self.assertEqual(clearing.account_type, "liability_current")
        self.assertNotEqual(clearing.code, "224110")

    @mute_logger("odoo.sql_db")
    def test_a_role_has_one_record(self):
        role = self.company.o2o_split_role_ids[0]
        with self.assertRaises(IntegrityError), self.env.cr.savepoint():
            role.copy()

    def test_roles_carry_their_vat(self):
        taxes = {
            role.role: role.bill_tax_id.amount
            for role in self.company.o2o_split_role_ids
            if role.bill_tax_id
        }
        expected = {"fulfiller": 13.0, "origin": 6.0, "tier1": 6.0, "crew": 9.0}
        self.assertEqual({role: taxes.get(role) for role in expected}, expected)
