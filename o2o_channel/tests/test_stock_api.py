import json
from datetime import timedelta, timezone

from odoo import Command, fields
from odoo.tests import HttpCase, tagged

from .test_stock_declaration import DeclarationCommon

STOCK = "/o2o/api/v1/stock"


@tagged("post_install", "-at_install")
class TestStockApi(DeclarationCommon, HttpCase):
    """Stock over HTTP, as a shop system and as a dealer's own system."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("o2o_channel.o2o_group_integration")
        cls.key = cls._key_of(cls.user)
        cls.moment = cls._ago(1).replace(tzinfo=timezone.utc, microsecond=0)

    @classmethod
    def _key_of(cls, user):
        keys = cls.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate("rpc", "shop", None)

    def _dealer_key(self, dealer, **values):
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": dealer.id}
        )
        groups = "base.group_portal,o2o_channel.o2o_group_dealer_portal"
        user = self._create_user(groups, partner_id=contact.id, **values)
        return self._key_of(user)

    def _request(self, path, body=None, key=None):
        headers = {"Authorization": f"Bearer {key or self.key}"}
        if body is not None:
            headers["Content-Type"] = "application/json"
            body = body if isinstance(body, bytes) else json.dumps(body).encode()
        return self.url_open(path, data=body, headers=headers)

    def _post(self, *lines, key=None, **values):
        lines = lines or (("E-1001", 7),)
        payload = {
            "store": "C2-01",
            "counted_at": self.moment.isoformat(),
            "lines": [{"sku": sku, "quantity": quantity} for sku, quantity in lines],
            **values,
        }
        return self._request(STOCK, payload, key)

    def assertProblem(self, response, status, *words):
        self.assertEqual(response.status_code, status, response.text[:500])
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        for word in words:
            self.assertIn(word, response.text)

    def test_stock_is_declared_repeated_and_read(self):
        response = self._post(reference="R-1")
        self.assertEqual(response.status_code, 201, response.text)
        answer = response.json()
        self.assertEqual(
            (answer["state"], answer["lines"], answer["applied"]), ("done", 1, 1)
        )
        self.assertEqual(self._on_hand(), 7)
        one = self.env["o2o.stock.declaration"].browse(answer["declaration"])
        self.assertEqual((one.source, one.user_id), ("api", self.user))
        self.assertEqual(one.counted_at, self.moment.replace(tzinfo=None))
        again = self._post(reference="R-1")
        self.assertEqual((again.status_code, again.json()), (200, answer))
        read = self._request(f"{STOCK}/{one.id}")
        self.assertEqual((read.status_code, read.json()), (200, answer))
        self.assertProblem(self._post(("E-1001", 8), reference="R-1"), 409, "R-1")
        self.assertEqual(self._on_hand(), 7)

    def test_sales_are_reported_by_the_same_door(self):
        self.assertEqual(self._post(("E-1001", 2), kind="sold").status_code, 201)
        self.assertEqual(self._on_hand(), 8)

    def test_good_lines_are_taken_and_wrong_ones_told(self):
        response = self._post(("E-1001", 7), ("不存在", 1), ("E-2002", 1.5))
        self.assertEqual(response.status_code, 201)
        answer = response.json()
        self.assertEqual((answer["applied"], answer["refused"]), (1, 2))
        by_field = {error["field"]: error for error in answer["errors"]}
        self.assertEqual(by_field["/lines/1/sku"]["value"], "不存在")
        self.assertIn("multiple", by_field["/lines/2/quantity"]["message"])

    def test_many_lines_are_taken_in_the_background(self):
        lines = [(f"X-{number}", 1) for number in range(400)] + [("E-1001", 3)]
        response = self._post(*lines)
        self.assertEqual(response.status_code, 202, response.text[:300])
        cron = self.env.ref("o2o_channel.ir_cron_o2o_stock_declaration")
        cron.method_direct_trigger()
        self.env.invalidate_all()
        answer = self._request(f"{STOCK}/{response.json()['declaration']}").json()
        self.assertEqual((answer["state"], answer["refused"]), ("done", 400))
        self.assertEqual((len(answer["errors"]), self._on_hand()), (100, 3))

    def test_what_no_declaration_is_names_the_field(self):
        cases = [
            ({"store": "NOPE"}, "/store"),
            ({"store": None}, "/store"),
            ({"store": "a\x00"}, "/store"),
            ({"kind": "given"}, "/kind"),
            ({"counted_at": "yesterday"}, "/counted_at"),
            ({"counted_at": "2099-01-01T00:00:00Z"}, "future"),
            ({"lines": []}, "/lines"),
            ({"lines": [{"sku": "E-1001", "quantity": -1}]}, "/lines/0/quantity"),
            ({"lines": [{"sku": "E-1001", "quantity": "1"}]}, "/lines/0/quantity"),
            ({"lines": [{"sku": "E-1001"}]}, "/lines/0/quantity"),
            ({"lines": [{"sku": "", "quantity": 1}]}, "/lines/0/sku"),
            ({"colour": 1}, "/colour"),
        ]
        for values, words in cases:
            with self.subTest(values=values):
                self.assertProblem(self._post(**values), 422, words)
        self.assertProblem(self._request(STOCK, b"{"), 400)
        self.assertEqual(self._on_hand(), 10)

    def test_a_body_that_is_too_large(self):
        body = b'{"a": "' + b"x" * (6 * 1024 * 1024) + b'"}'
        self.assertProblem(self._request(STOCK, body), 413, "5 MB")

    def test_a_dealer_s_own_user_declares_for_own_stores_only(self):
        key = self._dealer_key(self.dealer_c2, login="c2")
        response = self._post(key=key)
        self.assertEqual(response.status_code, 201, response.text)
        path = f"{STOCK}/{response.json()['declaration']}"
        self.assertEqual(self._request(path, key=key).status_code, 200)
        other = self._dealer_key(self.dealer_b1, login="b1")
        self.assertProblem(self._post(("E-1001", 1), key=other), 422, "/store")
        self.assertProblem(self._request(path, key=other), 404)
        self.assertEqual(self._on_hand(), 7)

    def test_users_who_may_not(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        consumer = self._create_user("base.group_portal")
        for user in (manager, consumer):
            key = self._key_of(user)
            self.assertProblem(self._post(key=key), 403, user.login)
            self.assertProblem(self._request(f"{STOCK}/1", key=key), 403)
        draft = self._create_dealer(dealer_code="D9", dealer_state="draft")
        key = self._dealer_key(draft, login="draft")
        self.assertProblem(self._post(key=key), 403)
        self.assertProblem(self._post(key="0" * 40), 401)

    def test_stores_of_other_companies_do_not_exist(self):
        other = self.env["res.company"].create({"name": "Other"})
        self.user.write(
            {"company_ids": [Command.set(other.ids)], "company_id": other.id}
        )
        self.assertProblem(self._post(), 422, "/store")

    def test_an_unknown_declaration(self):
        for number in (999999999, 2**31, 2**70):
            self.assertProblem(self._request(f"{STOCK}/{number}"), 404)

    def test_the_description_names_the_door(self):
        response = self.url_open("/o2o/api/v1/openapi.json")
        document = response.json()
        self.assertIn("Stock", document["components"]["schemas"])
        self.assertLessEqual(
            {"200", "201", "202", "400", "401", "403", "409", "413", "415", "422"},
            set(document["paths"][STOCK]["post"]["responses"]),
        )

    def test_moments_keep_their_offset(self):
        zone = timezone(timedelta(hours=8))
        self._post(counted_at=self.moment.astimezone(zone).isoformat())
        one = self.env["o2o.stock.declaration"].search(
            [("warehouse_id", "=", self.store.id)], limit=1
        )
        self.assertEqual(one.counted_at, self.moment.replace(tzinfo=None))
        self.assertLess(one.counted_at, fields.Datetime.now())
