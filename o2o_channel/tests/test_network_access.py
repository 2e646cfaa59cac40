from odoo.exceptions import AccessError
from odoo.tests import Form, tagged

from .common import O2oCommon

MODELS = ("o2o.region", "o2o.coverage", "o2o.online.authorization", "o2o.channel")
ACTIONS = (
    "res_partner_dealer_action",
    "o2o_region_action",
    "o2o_coverage_action",
    "o2o_online_authorization_action",
    "o2o_channel_action",
)
READERS = ("auditor", "accountant", "approver")


@tagged("post_install", "-at_install")
class TestNetworkAccess(O2oCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.authorization = cls._create_authorization(cls.dealer_c1, cls.channel)
        cls.records = {
            "o2o.region": cls.jinjiang,
            "o2o.coverage": cls.coverage_c2,
            "o2o.online.authorization": cls.authorization,
            "o2o.channel": cls.channel,
            "o2o.dealer.history": cls.dealer_c2.dealer_history_ids,
        }

    def _user(self, role):
        return self._create_user(f"o2o_channel.o2o_group_{role}")

    def test_the_manager_writes_the_network(self):
        manager = self._user("manager")
        for name in MODELS:
            for operation in ("read", "write", "create", "unlink"):
                with self.subTest(name=name, operation=operation):
                    record = self.records[name].with_user(manager)
                    self.assertTrue(record.has_access(operation))

    def test_accountant_auditor_and_approver_read_it(self):
        for role in READERS:
            user = self._user(role)
            for name, record in self.records.items():
                with self.subTest(role=role, name=name):
                    as_user = record.with_user(user)
                    as_user.read()
                    for operation in ("write", "create", "unlink"):
                        self.assertFalse(as_user.has_access(operation))

    def test_readers_may_not_change_dealers(self):
        for role in READERS:
            with self.subTest(role=role), self.assertRaises(AccessError):
                self.dealer_c2.with_user(self._user(role)).dealer_state = "closed"

    def test_every_role_opens_every_screen_and_menu(self):
        for role in ("manager", *READERS):
            user = self._user(role)
            menus = self.env["ir.ui.menu"].with_user(user).load_menus(False)
            names = {menu["name"] for menu in menus.values()}
            self.assertLessEqual({"Dealers", "Coverage", "Regions"}, names)
            for xml_id in ACTIONS:
                with self.subTest(role=role, action=xml_id):
                    self._open(f"o2o_channel.{xml_id}", user)

    def _open(self, xml_id, user):
        """Open a record of the action's model in the action's own form."""
        action = self.env.ref(xml_id)
        records = {**self.records, "res.partner": self.dealer_c2}
        record = records[action.res_model].with_user(user)
        record.get_views([*action.views, (action.search_view_id.id, "search")])
        form = next(view_id for view_id, kind in action.views if kind == "form")
        Form(record, form or None)

    def test_nobody_writes_history_by_hand(self):
        for role in ("manager", *READERS):
            rows = self.records["o2o.dealer.history"].with_user(self._user(role))
            for operation in ("write", "create", "unlink"):
                with self.subTest(role=role, operation=operation):
                    self.assertFalse(rows.has_access(operation))

    def test_other_employees_see_regions_and_channels_only(self):
        employee = self._create_user("base.group_user", login="employee")
        readable = {
            name
            for name, record in self.records.items()
            if record.with_user(employee).has_access("read")
        }
        self.assertEqual(readable, {"o2o.region", "o2o.channel"})

    def test_portal_dealers_have_no_access_past_the_pages(self):
        clerk = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.dealer_c2.id}
        )
        user = self._create_user(
            "o2o_channel.o2o_group_dealer_portal", partner_id=clerk.id
        )
        for name, record in self.records.items():
            with self.subTest(name=name):
                self.assertFalse(record.with_user(user).has_access("read"))
        with self.assertRaises(AccessError):
            self.dealer_b1.with_user(user).read(["dealer_deposit"])
        with self.assertRaises(AccessError):
            self.dealer_c2.with_user(user).write({"online_ban": False})

    def test_the_integration_user_reads_nothing_of_the_network(self):
        user = self._user("integration")
        for name, record in self.records.items():
            with self.subTest(name=name):
                self.assertFalse(record.with_user(user).has_access("read"))

    def test_another_company_s_records_are_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other brand"})
        manager = self._user("manager")
        coverage = self._create_coverage(
            self.dealer_b1, self.jinjiang, company_id=other.id
        )
        shared = self._create_coverage(self.dealer_b1, self.chengdu, company_id=False)
        channel = self._create_channel(code="O", company_id=other.id)
        authorization = self._create_authorization(
            self.dealer_b1, channel, company_id=other.id
        )
        for record in (coverage, channel, authorization):
            with self.subTest(record=record), self.assertRaises(AccessError):
                record.with_user(manager).read(["company_id"])
        shared.with_user(manager).read(["company_id"])
