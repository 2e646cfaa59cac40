import json

from odoo.tests import HttpCase, tagged

from .common_intake import IntakeCommon

ORDERS = "/o2o/api/v1/orders"


@tagged("post_install", "-at_install")
class TestIntakeApi(IntakeCommon, HttpCase):
    """The order API as a shop meets it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.user = cls._create_user("o2o_channel.o2o_group_integration")
        cls.key = cls._key_of(cls.user)

    @classmethod
    def _key_of(cls, user):
        keys = cls.env["res.users.apikeys"].with_user(user).sudo()
        return keys._generate("rpc", "shop", None)

    def _request(self, path, body=None, key=None, method=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        if key is not False:
            headers["Authorization"] = f"Bearer {key or self.key}"
        if body is not None:
            headers.setdefault("Content-Type", "application/json")
        if isinstance(body, dict):
            body = json.dumps(body, default=float).encode()
        return self.url_open(path, data=body, headers=headers, method=method)

    def _post(self, body, **options):
        return self._request(ORDERS, body, method="POST", **options)

    def assertProblem(self, response, status, *words):
        """A problem document of that status whose detail holds the words."""
        self.assertEqual(response.status_code, status, response.text[:500])
        self.assertEqual(response.headers["Content-Type"], "application/problem+json")
        problem = response.json()
        self.assertEqual(problem["status"], status)
        self.assertTrue(problem["title"] and problem["type"])
        for word in words:
            self.assertIn(word, problem["detail"])
        return problem

    def test_order_is_taken_and_repeated_and_read(self):
        response = self._post(self._payload())
        self.assertEqual(response.status_code, 201, response.text)
        self.assertEqual(response.headers["Content-Type"], "application/json")
        answer = response.json()
        order = self.env["sale.order"].search([("name", "=", answer["order"])])
        self.assertEqual(order.o2o_external_ref, "T-1")
        self.assertEqual(answer["state"], "sale")
        again = self._post(self._payload())
        self.assertEqual((again.status_code, again.json()), (200, answer))
        read = self._request(f"{ORDERS}/TMALL/T-1")
        self.assertEqual((read.status_code, read.json()), (200, answer))

    def test_legs_name_dealer_store_and_lines(self):
        store = self.env["stock.warehouse"].create(
            {
                "name": "C2 Store",
                "code": "C2S1",
                "dealer_id": self.dealer_c2.id,
                "company_id": self.company.id,
            }
        )
        self.env["stock.quant"]._update_available_quantity(
            self.product, store.o2o_location_id, 5
        )
        answer = self._post(self._payload()).json()
        self.assertEqual(answer["routing"], "routed")
        [leg] = answer["legs"]
        self.assertEqual((leg["dealer"], leg["store"]), ("C2", "C2S1"))
        self.assertEqual(leg["state"], "offered")
        self.assertEqual(leg["lines"], [{"external_line": "1", "quantity": 1.0}])

    def test_changed_repeat_is_a_conflict(self):
        self._post(self._payload())
        response = self._post(self._payload(origin_dealer=None))
        self.assertProblem(response, 409, "T-1", "TMALL")

    def test_reference_with_a_slash_and_chinese_is_read(self):
        self._post(self._payload(external_ref="2026/11/订单#1"))
        response = self._request(f"{ORDERS}/TMALL/2026/11/%E8%AE%A2%E5%8D%95%231")
        self.assertEqual(response.status_code, 200, response.text)

    def test_refusal_names_fields_values_and_remedies(self):
        payload = self._payload(currency="USD")
        payload["lines"][0]["sku"] = "<b>不存在</b>"
        problem = self.assertProblem(self._post(payload), 422, "/currency")
        by_field = {error["field"]: error for error in problem["errors"]}
        self.assertEqual(by_field["/currency"]["value"], "USD")
        self.assertEqual(by_field["/lines/0/sku"]["value"], "<b>不存在</b>")
        self.assertFalse(
            self.env["sale.order"].search_count([("o2o_external_ref", "=", "T-1")])
        )

    def test_string_of_a_megabyte_is_named_but_not_repeated(self):
        payload = self._payload(consumer={"name": "x" * 1_000_000})
        response = self._post(payload)
        problem = self.assertProblem(response, 422)
        self.assertEqual(problem["errors"][0]["field"], "/consumer/name")
        self.assertLess(len(response.content), 2000)

    def test_bodies_that_are_no_order(self):
        good = json.dumps(self._payload(), default=float).encode()
        bodies = [
            b"",
            b"   ",
            b"{",
            b"[]",
            b"null",
            b"7",
            b'"text"',
            b"\xff\xfe{",
            good[:-1] + b',"channel":"JD"}',
            good.replace(b'"quantity": 1', b'"quantity": NaN'),
            good.replace(b'"quantity": 1', b'"quantity": -Infinity'),
            good.replace(b'"quantity": 1', b'"quantity": 1' + b"0" * 5000),
            b'{"a":' * 100 + b"1" + b"}" * 100,
            b"[" * 100_000,
            b'{"a":1e99999999999999999999}',
        ]
        for body in bodies:
            with self.subTest(body=body[:30]):
                response = self._post(body, Content_Type="application/json")
                self.assertProblem(response, 400)

    def test_names_of_python_s_own_are_only_unknown_fields(self):
        problem = self.assertProblem(self._post({"self": 1, "args": 2}), 422)
        fields = {error["field"] for error in problem["errors"]}
        self.assertTrue({"/self", "/args", "/channel"} <= fields)

    def test_channel_of_any_type(self):
        for channel in (None, 7, [], {"a": 1}, "", "NOPE", "x" * 1000, "a\x00"):
            problem = self.assertProblem(
                self._post(self._payload(channel=channel)), 422
            )
            self.assertIn("/channel", [error["field"] for error in problem["errors"]])

    def test_body_that_is_too_large(self):
        response = self._post(b'{"a": "' + b"x" * (6 * 1024 * 1024) + b'"}')
        self.assertProblem(response, 413, "5 MB")

    def test_other_types_of_content(self):
        for kind in (
            "text/plain",
            "application/xml",
            "application/x-www-form-urlencoded",
        ):
            self.assertProblem(
                self._post(b"a=b", Content_Type=kind), 415, "application/json"
            )

    def test_methods_that_do_not_exist(self):
        for method in ("PUT", "DELETE", "PATCH", "GET"):
            response = self._request(ORDERS, b"{}", method=method)
            self.assertProblem(response, 405)
            self.assertIn("POST", response.headers["Allow"])

    def test_unknown_path_of_the_api(self):
        self.assertProblem(self._request("/o2o/api/v1/nothing"), 404)

    def test_without_or_with_a_wrong_key(self):
        for key in (False, "wrong", "0" * 40):
            response = self._post(self._payload(), key=key)
            self.assertProblem(response, 401)
            self.assertIn("Bearer", response.headers["WWW-Authenticate"].title())
            self.assertProblem(self._request(f"{ORDERS}/TMALL/T-1", key=key), 401)

    def test_users_who_may_not(self):
        manager = self._create_user("o2o_channel.o2o_group_manager")
        key = self._key_of(manager)
        self.assertProblem(self._post(self._payload(), key=key), 403, "Integration")
        self.assertProblem(self._request(f"{ORDERS}/TMALL/T-1", key=key), 403)
        self.channel.user_ids = manager
        self.assertProblem(self._post(self._payload()), 403, "TMALL")
        self.assertProblem(self._request(f"{ORDERS}/TMALL/T-1"), 403, "TMALL")

    def test_unknown_order_or_channel(self):
        self.assertProblem(self._request(f"{ORDERS}/TMALL/NONE"), 404, "NONE")
        self.assertProblem(self._request(f"{ORDERS}/NOPE/T-1"), 404, "NOPE")
        self.assertProblem(self._request(f"{ORDERS}/TMALL/a%00b"), 404)
        self.assertProblem(self._request(f"{ORDERS}/a%00b/T-1"), 404)

    def test_refused_by_another_room_is_422(self):
        self.channel.write({"accounting_mode": "agent", "collector": "platform"})
        self.assertProblem(self._post(self._payload()), 422)
        self.assertFalse(
            self.env["sale.order"].search_count([("o2o_external_ref", "=", "T-1")])
        )

    def test_description_is_public_and_uses_the_schema_that_checks(self):
        response = self._request("/o2o/api/v1/openapi.json", key=False)
        self.assertEqual(response.status_code, 200)
        schemas = response.json()["components"]["schemas"]
        self.assertIn("external_line", str(schemas["Order"]))
        responses = response.json()["paths"][ORDERS]["post"]["responses"]
        self.assertLessEqual(
            {"200", "201", "400", "401", "403", "409", "413", "415", "422"},
            set(responses),
        )

    def test_thousand_lines(self):
        lines = [self._line(str(number), price="1.13") for number in range(1, 1001)]
        response = self._post(self._with_lines(*lines, amount="1130.00"))
        self.assertEqual(response.status_code, 201, response.text[:500])
        order = self.env["sale.order"].search([("o2o_external_ref", "=", "T-1")])
        self.assertEqual((len(order.order_line), order.amount_total), (1000, 1130.0))
