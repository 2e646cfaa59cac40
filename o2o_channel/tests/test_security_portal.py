from lxml import html

from odoo.tests import HttpCase, JsonRpcException, TransactionCase, tagged
from odoo.tools import mute_logger

from odoo.addons.o2o_channel.controllers.network_portal import O2oPortal

from .common import O2oRoutingCommon

URL = "/my/o2o/dispatches"


@tagged("post_install", "-at_install")
class TestPortalControllers(TransactionCase):
    def test_no_two_pages_use_one_name_for_different_helpers(self):
        """Odoo makes one class of all that extend a controller: of two helpers with
        the same name one would silently take the other's place."""
        pages = _subclasses(O2oPortal)
        owners = {}
        for page in pages:
            for name in vars(page):
                if not name.startswith("__"):
                    owners.setdefault(name, []).append(page)
        for name, (first, *others) in owners.items():
            for other in others:
                related = issubclass(other, first) or issubclass(first, other)
                inherited = hasattr(O2oPortal, name)
                self.assertTrue(related or inherited, f"{name}: {first}, {other}")


def _subclasses(controller):
    found = controller.__subclasses__()
    return found + [page for child in found for page in _subclasses(child)]


@tagged("post_install", "-at_install")
class TestSecurityPortal(O2oRoutingCommon, HttpCase):
    """What a dealer must not learn, and input that is no honest mistake."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._clerk("clerk", cls.dealer_c2)
        cls.rival = cls._clerk("rival", cls.dealer_c1)

    @classmethod
    def _clerk(cls, login, dealer):
        contact = cls.env["res.partner"].create({"name": login, "parent_id": dealer.id})
        return cls._create_user(
            "base.group_portal", login=login, password=login * 4, partner_id=contact.id
        )

    def setUp(self):
        super().setUp()
        self.leg = self._confirm_order((self.product, 2)).dispatch_ids
        self._login(self.clerk)

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _post(self, action, **values):
        page = html.fromstring(self.url_open(f"{URL}/{self.leg.id}").text)
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        return self.url_open(
            f"{URL}/{self.leg.id}/{action}", data={"csrf_token": token, **values}
        )

    def _call(self, model, method, *args):
        return self.make_jsonrpc_request(
            f"/web/dataset/call_kw/{model}/{method}",
            {"model": model, "method": method, "args": list(args), "kwargs": {}},
        )

    def test_a_moved_leg_does_not_name_the_former_or_the_next_store(self):
        former = self.leg.warehouse_id
        self.leg.action_hand_to_hq("roof leaks, told in confidence")
        other = self.env["stock.warehouse"].search(
            [("dealer_id", "=", self.dealer_c1.id)], limit=1
        )
        self.leg.action_assign_to(other)
        self._login(self.rival)
        text = self.url_open(f"{URL}/{self.leg.id}").text
        self.assertNotIn("in confidence", text)
        self.assertNotIn(former.name, text)

    def test_an_assigned_away_leg_does_not_name_the_new_store(self):
        other = self.env["stock.warehouse"].search(
            [("dealer_id", "=", self.dealer_c1.id)], limit=1
        )
        self.leg.action_assign_to(other)
        text = self.url_open(f"{URL}/{self.leg.id}").text
        self.assertNotIn(other.name, text)

    def test_odd_input_is_answered_not_crashed_on(self):
        for values in ({"reason": "²"}, {"reason": "9" * 30}, {"reason": "\0"}):
            response = self._post("reject", **values)
            self.assertEqual(response.status_code, 200, values)
        self.env.invalidate_all()
        self.assertEqual(self.leg.state, "offered")
        self._post("accept")
        self.assertEqual(self._post("ship", tracking_ref="SF\0<b>1").status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(self.leg.tracking_ref, "SF<b>1")
        page = self.url_open(f"{URL}/{self.leg.id}").text
        self.assertNotIn("SF<b>1", page)

    def test_another_dealer_gets_404_for_each_step(self):
        page = html.fromstring(self.url_open(f"{URL}/{self.leg.id}").text)
        token = page.xpath("//input[@name='csrf_token']/@value")[0]
        self.assertTrue(token)
        self._login(self.rival)
        token = html.fromstring(self.url_open("/my/account").text).xpath(
            "//input[@name='csrf_token']/@value"
        )[0]
        for action in ("accept", "reject", "ship", "pickup", "deliver", "hand"):
            response = self.url_open(
                f"{URL}/{self.leg.id}/{action}", data={"csrf_token": token}
            )
            self.assertEqual(response.status_code, 404, action)
        self.env.invalidate_all()
        self.assertEqual(self.leg.state, "offered")

    @mute_logger("odoo.http")
    def test_direct_calls_are_refused(self):
        calls = (
            ("search_read", []),
            ("name_search", ""),
            ("web_search_read", [], {"display_name": {}}),
            ("formatted_read_group", []),
            ("export_data", [self.leg.id], ["display_name"]),
            ("action_accept", [self.leg.id]),
        )
        for model in ("o2o.dispatch", "o2o.split.line", "o2o.settlement", "o2o.guide"):
            for method, *args in calls:
                if method.startswith("action") and model != "o2o.dispatch":
                    continue
                with self.subTest(model=model, method=method):
                    with self.assertRaises(JsonRpcException):
                        self._call(model, method, *args)
        self.env.invalidate_all()
        self.assertEqual(self.leg.state, "offered")
