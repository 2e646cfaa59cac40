from datetime import timedelta

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged

from .test_stock_declaration import DeclarationCommon
from .test_stock_portal import URL, StockPortalCommon


class AuditCommon(DeclarationCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", login="boss")
        cls.company.o2o_manager_id = cls.manager
        cls.suppliers = cls.env.ref("stock.stock_location_suppliers")
        cls.customers = cls.env.ref("stock.stock_location_customers")

    def _flow(self, quantity, source, destination, days):
        move = self._move(self.product, quantity, source, destination)
        move.date = self._ago(24 * days)
        return move

    def _story(self, declared=35):
        """Opening 50, 30 shipped in, 12 shipped out, 18 sold; then a count."""
        pool = self.store.o2o_location_id
        self._declare((self.product, 50), hours=24 * 20)
        self._flow(30, self.suppliers, pool, 15)
        self._flow(13, pool, self.customers, 12)
        self._flow(1, self.customers, pool, 11)
        self._declare((self.product, 18), hours=24 * 8, kind="sold", source="scan")
        self._declare((self.product, declared), hours=24 * 2)

    def _run(self, days=10, stores=None):
        audits = self.env["o2o.stock.audit"]
        return audits._run(stores or self.store, self._ago(24 * days), self._ago(0))


@tagged("post_install", "-at_install")
class TestStockAudit(AuditCommon):
    """Opening + in - out - sold against what was declared."""

    def test_worked_example(self):
        self._story()
        [case] = self._run()
        figures = (case.opening, case.hq_in, case.o2o_out, case.pos_out)
        self.assertEqual(figures, (50, 30, 12, 18))
        self.assertEqual((case.expected, case.declared, case.gap), (50, 35, 15))
        self.assertEqual((case.gap_rate, case.state), (30, "case"))
        self.assertEqual(case.activity_ids.user_id, self.manager)

    def test_what_adds_up_is_no_case(self):
        self._story(declared=50)
        self.assertFalse(self._run())

    def test_small_gaps_are_kept_but_no_case(self):
        self._story(declared=48)
        [audit] = self._run()
        self.assertEqual((audit.gap, audit.state), (2, "small"))
        self.assertFalse(audit.activity_ids)

    def test_limits_are_the_company_s(self):
        self.company.o2o_audit_gap_rate = 40
        self._story()
        self.assertEqual(self._run().state, "small")

    def test_the_same_counts_are_audited_once(self):
        self._story()
        self.assertTrue(self._run())
        self.assertFalse(self._run())

    def test_opening_in_the_period_and_single_counts(self):
        self._story()
        self._declare((self.second, 5), hours=1)
        audits = self._run(days=30)
        self.assertEqual((audits.product_id, audits.gap), (self.product, 15))

    def test_sales_inside_the_count_are_not_taken_twice(self):
        """What was sold before the opening count is no flow of the period."""
        self._declare((self.product, 9), hours=24 * 30, kind="sold", source="scan")
        self._story(declared=50)
        self.assertFalse(self._run())

    def test_query_count_does_not_grow_with_stores(self):
        self._story()
        stores = self.store_b1 | self.store_c1 | self.store_c2
        for store in stores:
            self._declare((self.second, 5), hours=24 * 20, store=store)
            self._declare((self.second, 5), hours=24 * 3, store=store)
        audits = self.env["o2o.stock.audit"]
        span = (self._ago(240), self._ago(0))
        self.env.flush_all()
        with self.assertQueryCount(1):
            audits._query_balances(self.store, *span)
        with self.assertQueryCount(1):
            rows = audits._query_balances(stores, *span)
        self.assertEqual(len(rows), 4)

    def test_cron_tests_the_last_month(self):
        today = self.company._o2o_today()
        first = self.company._o2o_midnight(today.replace(day=1))
        pool = self.store.o2o_location_id
        hours = (self._ago(0) - first).total_seconds() / 3600
        self._declare((self.product, 50), hours=hours + 24 * 40)
        move = self._move(self.product, 30, self.suppliers, pool)
        move.date = first - timedelta(days=30)
        self._declare((self.product, 35), hours=hours + 24)
        self.env["o2o.stock.audit"]._cron_run()
        audit = self.env["o2o.stock.audit"].search(
            [("warehouse_id", "=", self.store.id)]
        )
        self.assertEqual((audit.gap, audit.state), (45, "case"))

    def test_wizard_tests_and_asks(self):
        self._story()
        wizard = self.env["o2o.stock.audit.start"].with_user(self.manager)
        with Form(wizard) as form:
            form.warehouse_ids.add(self.store)
        action = form.record.action_start()
        case = self.env["o2o.stock.audit"].search(action["domain"])
        self.assertEqual(case.gap, 15)
        asked = wizard.create({"mode": "count"})
        with self.assertRaisesRegex(UserError, "Choose the stores"):
            asked.action_start()
        asked.write({"warehouse_ids": self.store.ids, "product_ids": self.second.ids})
        task = self.env["o2o.stock.audit"].search(asked.action_start()["domain"])
        self.assertEqual((task.state, task.product_id), ("counting", self.second))
        camera = self._create_product(default_code="SN", tracking="serial")
        asked.product_ids = camera
        with self.assertRaisesRegex(UserError, "SN.* has lot or serial numbers"):
            asked.action_start()
        odd = wizard.create({"date_from": "2026-12-01", "date_to": "2026-01-01"})
        with self.assertRaisesRegex(UserError, "2026-12-01"):
            odd.action_start()

    def test_a_case_is_settled_by_its_buttons(self):
        self._story()
        case = self._run().with_user(self.manager)
        with self.assertRaises(AccessError):
            case.write({"gap": 0})
        with self.assertRaises(AccessError):
            case.write({"state": "closed"})
        case.action_request_count()
        with self.assertRaisesRegex(UserError, "already"):
            case.action_request_count()
        with self.assertRaisesRegex(UserError, "reason first"):
            case.action_close()
        case.reason = "unreported"
        case.action_close()
        self.assertEqual((case.state, case.closed_by), ("closed", self.manager))
        self.assertFalse(case.activity_ids)
        with self.assertRaisesRegex(UserError, "stays as it is"):
            case.note = "later"
        with self.assertRaisesRegex(UserError, "can't be deleted"):
            case.sudo().unlink()
        auditor = self._create_user("o2o_channel.o2o_group_auditor", login="looker")
        with self.assertRaises(AccessError):
            case.with_user(auditor).action_request_count()


@tagged("post_install", "-at_install")
class TestBlindCount(StockPortalCommon):
    """The store's people count without seeing the figure."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", login="boss")
        cls.audits = cls.env["o2o.stock.audit"]
        cls.task = cls.audits._ask_for_count(cls.store, cls.product)

    def _send(self, text, task=None, url=None):
        page = self._page(f"{self.url}/counts")
        values = {f"count-{(task or self.task).id}": text}
        return self._post(f"{url or self.url}/counts", page=page, **values)

    def test_no_figure_is_shown_until_it_is_counted(self):
        page = self._page(self.url).text_content()
        self.assertIn("asks you to count", page)
        self.assertNotIn("In stock 10", " ".join(page.split()))
        text = self._page(f"{self.url}/counts").text_content()
        self.assertIn("Rice Cooker", text)
        self.assertNotRegex(text, r"\b10\b")
        self._send("8")
        page = " ".join(self._page(self.url).text_content().split())
        self.assertIn("In stock 8", page)

    def test_the_count_sets_the_pool_and_counts_in_the_trust(self):
        self._send("8")
        task = self.task
        self.assertEqual(
            (task.state, task.counted, task.shown_before), ("counted", 8, 10)
        )
        self.assertEqual(self._on_hand(), 8)
        self.assertEqual(task.declaration_id.source, "count")
        event = self.env["o2o.trust.event"].search(
            [("warehouse_id", "=", self.store.id), ("kind", "=", "count")]
        )
        self.assertEqual(len(event), 1)
        self.assertTrue(task.activity_ids)
        self._send_after("5")
        self.assertEqual(self._on_hand(), 8)

    def _send_after(self, text):
        page = self._page(URL)
        return self._post(
            f"{self.url}/counts", page=page, **{f"count-{self.task.id}": text}
        )

    def test_a_wrong_count_stays_to_be_done(self):
        self.assertIn("below zero", self._send("-8").text)
        self.assertEqual(self.task.state, "counting")
        self.assertIn("Nothing was counted", self._send(" ").text)

    def test_others_tasks_are_not_there(self):
        self._login(self.rival)
        self._page(f"{self.url}/counts", 404)
        page = self._page(URL)
        token = self._field(page, "csrf_token")
        values = {f"count-{self.task.id}": "1", "csrf_token": token}
        own = f"{URL}/{self.store_c1.id}/counts"
        self.assertIn("Nothing was counted", self.url_open(own, data=values).text)
        answer = self.url_open(f"{self.url}/counts", data=values)
        self.assertEqual(answer.status_code, 404)
        self.assertEqual((self.task.state, self._on_hand()), ("counting", 10))
