from lxml import html

from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from ..engine import stock_file, table_file
from .test_stock_declaration import DeclarationCommon

URL = "/my/o2o/stock"


class StockPortalCommon(DeclarationCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._portal_user("clerk", cls.dealer_c2)
        cls.rival = cls._portal_user("rival", cls.dealer_c1)
        cls.guest = cls._portal_user("guest", cls.env["res.partner"])
        cls.url = f"{URL}/{cls.store_c2.id}"

    @classmethod
    def _portal_user(cls, login, dealer):
        contact = cls.env["res.partner"].create({"name": login, "parent_id": dealer.id})
        return cls._create_user(
            "base.group_portal", login=login, password=login * 4, partner_id=contact.id
        )

    def setUp(self):
        super().setUp()
        self._login(self.clerk)

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _field(self, page, name):
        return page.xpath(f"//input[@name='{name}']/@value")[0]

    def _post(self, url, files=None, page=None, **values):
        page = page if page is not None else self._page(URL)
        values.setdefault("csrf_token", self._field(page, "csrf_token"))
        response = self.url_open(url, data=values, files=files)
        self.env.invalidate_all()
        return response

    def _count(self, page=None, **quantities):
        """Declare quantities of products, named by their field."""
        page = page if page is not None else self._page(self.url)
        values = {
            f"quantity-{getattr(self, name).id}": quantity
            for name, quantity in quantities.items()
        }
        token = self._field(page, "token")
        return self._post(f"{self.url}/declare", page=page, token=token, **values)

    def _last(self):
        return self.env["o2o.stock.declaration"].search(
            [("kind", "!=", "moved")], limit=1, order="id desc"
        )


@tagged("post_install", "-at_install")
class TestStockPortal(StockPortalCommon):
    """A clerk counts in the store's page; nobody else sees or changes the stock."""

    def test_the_page_shows_the_figures_that_are_promised(self):
        self.store.o2o_safety_qty = 3
        text = self._page(self.url).text_content()
        self.assertIn("Rice Cooker", text)
        figures = self.store._o2o_stock_figures(self.product)
        figure = figures[self.store.id, self.product.id]
        self.assertEqual((figure.declared, figure.available), (10, 7))
        self.assertRegex(
            " ".join(text.split()), r"In stock 10 · reserved 0 · promised 7"
        )

    def test_a_count_is_a_declaration(self):
        response = self._count(product="4", second="2")
        self.assertIn("Your stock is declared", response.text)
        one = self._last()
        self.assertEqual((one.source, one.user_id), ("guide", self.clerk))
        self.assertEqual((self._on_hand(), self._on_hand(self.second)), (4, 2))
        page = self._page(f"{URL}/declarations").text_content()
        self.assertIn("Counted", page)

    def test_a_second_click_counts_once(self):
        page = self._page(self.url)
        self._count(page, product="4")
        self._count(page, product="4")
        self._count(page, product="5")
        self.assertEqual(self._on_hand(), 4)
        self.assertEqual(len(self.store.env["o2o.stock.declaration"].search([])), 1)

    def test_what_was_counted_earlier_says_so(self):
        customers = self.env.ref("stock.stock_location_customers")
        self._move(self.product, 2, self.store.o2o_location_id, customers)
        field, age = f"quantity-{self.product.id}", f"age-{self.product.id}"
        self._post(f"{self.url}/declare", **{field: "10", age: "600"})
        self.assertEqual(self._on_hand(), 8)

    def test_sales_lower_the_pool(self):
        field = f"quantity-{self.product.id}"
        self._post(f"{self.url}/declare", kind="sold", source="scan", **{field: "3"})
        self.assertEqual((self._on_hand(), self._last().source), (7, "scan"))

    def test_wrong_figures_are_shown_with_their_remedy(self):
        response = self._count(product="-4", second="1")
        page = html.fromstring(response.text)
        self.assertIn("below zero", page.text_content())
        self.assertEqual((self._on_hand(), self._on_hand(self.second)), (10, 1))
        [link] = page.xpath("//a[contains(@href, 'refused.xlsx')]/@href")
        answer = self.url_open(link)
        [row] = table_file.read_rows(answer.content, stock_file.COLUMNS, ["sku"])
        self.assertEqual((row.cells["sku"], row.cells["quantity"]), ("E-1001", "-4"))

    def test_nothing_counted(self):
        self.assertIn("Nothing was counted", self._count(product=" ").text)
        self.assertFalse(self._last())

    def test_a_scanned_code_finds_its_product(self):
        self.product.barcode = "6901234567892"
        find = f"{self.url}/find"
        for code in ("6901234567892", "E-1001", " E-1001 "):
            answer = self.make_jsonrpc_request(find, {"code": code})
            self.assertEqual(answer["product"]["id"], self.product.id)
        answer = self.make_jsonrpc_request(find, {"code": "<b>nope"})
        self.assertIn("nope", answer["problem"])
        serial = self._create_product(default_code="S-1", tracking="serial")
        answer = self.make_jsonrpc_request(find, {"code": "S-1"})
        self.assertTrue(answer["product"]["tracked"], serial)

    def test_search_finds_products_beyond_the_pool(self):
        text = self._page(f"{self.url}?search=kett").text_content()
        self.assertIn("Kettle", text)
        text = self._page(f"{self.url}?search=%25nothing").text_content()
        self.assertIn("Nothing found", text)

    def _upload(self, content, name="stock.csv", **values):
        files = {"file": (name, content)}
        return self._post(f"{self.url}/upload", files=files, **values)

    def test_a_file_is_taken_and_its_bad_rows_come_back(self):
        response = self._upload(b"sku,quantity\nE-1001,6\n=1+1,2\n")
        self.assertIn("Your file was taken", response.text)
        one = self._last()
        self.assertEqual((one.applied_count, one.refused_count), (1, 1))
        self.assertEqual(self._on_hand(), 6)
        answer = self.url_open(f"{URL}/declarations/{one.id}/refused.xlsx")
        [row] = table_file.read_rows(answer.content, stock_file.COLUMNS, ["sku"])
        self.assertEqual(row.cells["sku"], "=1+1")
        self.assertNotIn(b"<f>", answer.content)

    def test_the_same_file_twice_a_day_is_one(self):
        content = b"sku,quantity\nE-1001,6\n"
        self._upload(content)
        self._set_stock(self.store, self.product, 5)
        self.assertIn("declared before", self._upload(content).text)
        self.assertEqual(self._on_hand(), 5)
        local = self._ago(-8).isoformat()[:16]  # the wall clock in Shanghai
        self.assertNotIn(
            "declared before", self._upload(content, counted_at=local).text
        )

    def test_files_that_are_none(self):
        cases = [
            (b"", "empty"),
            (b"sku,quantity\n", "no rows"),
            (b"name,colour\na,b\n", "missing"),
            (b"\x00\x01\x02 nothing", "neither CSV nor XLSX"),
            (b"PK\x03\x04broken", "neither CSV nor XLSX"),
            (b'[{"product": 1, "quantity": "3"}]', "missing"),
            (b"[{", "missing"),
            ("sku,quantity\n不,1\n".encode("big5") + b"\xff", "UTF-8"),
            (b"sku,quantity\n" + b"E-1001,1\n" * 1_200_000, "limit of 10 MB"),
        ]
        for content, words in cases:
            with self.subTest(words=words):
                self.assertIn(words, self._upload(content).text)
        self.assertFalse(self._last())

    def test_odd_times_of_a_file(self):
        content = b"sku,quantity\nE-1001,6\n"
        for text, words in (("soon", "no date"), ("2099-01-01T10:00", "future")):
            self.assertIn(words, self._upload(content, counted_at=text).text)

    def test_templates(self):
        for kind in ("csv", "xlsx"):
            answer = self.url_open(f"/o2o/stock/template.{kind}")
            self.assertTrue(list(stock_file.read_rows(answer.content)))


@tagged("post_install", "-at_install")
class TestStockPortalSecurity(StockPortalCommon):
    def test_other_dealers_and_guests_see_and_change_nothing(self):
        self._count(product="4", second="-1")
        one = self._last()
        page = self._page(self.url)
        token = self._field(page, "csrf_token")
        for user in (self.rival, self.guest):
            self._login(user)
            for url in (
                self.url,
                f"{URL}/declarations/{one.id}",
                f"{URL}/declarations/{one.id}/refused.xlsx",
                f"/o2o/stock/{one.id}/refused.xlsx",
            ):
                self.assertEqual(self.url_open(url).status_code, 404, url)
            for action in ("declare", "upload"):
                values = {"csrf_token": token, f"quantity-{self.product.id}": "1"}
                with mute_logger("odoo.http"):
                    answer = self.url_open(f"{self.url}/{action}", data=values)
                self.assertIn(answer.status_code, (400, 404))
        self.assertEqual(self._on_hand(), 4)

    def test_another_dealer_with_an_own_token(self):
        self._login(self.rival)
        page = self._page(f"{URL}/{self.store_c1.id}")
        for action in ("declare", "upload", "find"):
            values = {f"quantity-{self.product.id}": "1"}
            answer = self._post(f"{self.url}/{action}", page=page, **values)
            self.assertIn(answer.status_code, (404, 415), action)
        self.assertEqual(self._on_hand(), 10)

    def test_forms_need_their_token(self):
        with mute_logger("odoo.http"):
            field = f"quantity-{self.product.id}"
            answer = self.url_open(f"{self.url}/declare", data={field: "1"})
        self.assertEqual(answer.status_code, 400)
        self.assertEqual(self._on_hand(), 10)

    def test_fields_that_nobody_offered(self):
        foreign = self.env["product.product"].create(
            {
                "name": "Foreign",
                "is_storable": True,
                "company_id": self.env["res.company"].create({"name": "Other"}).id,
            }
        )
        names = (f"quantity-{foreign.id}", "quantity-99999999999", "quantity-x")
        answer = self._post(f"{self.url}/declare", **dict.fromkeys(names, "1"))
        self.assertIn("Nothing was counted", answer.text)

    def test_headquarters_download_what_they_may_read(self):
        self._count(product="-4")
        one = self._last()
        manager = self._create_user(
            "o2o_channel.o2o_group_manager", login="boss", password="bossboss"
        )
        self.authenticate(manager.login, "bossboss")
        answer = self.url_open(f"/o2o/stock/{one.id}/refused.xlsx")
        self.assertEqual(answer.status_code, 200)
        [row] = table_file.read_rows(answer.content, stock_file.COLUMNS, ["sku"])
        self.assertEqual(row.cells["quantity"], "-4")
