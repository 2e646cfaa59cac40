from datetime import date

from lxml import html

from odoo.tests import HttpCase, tagged

from odoo.addons.o2o_channel.controllers.settlement_portal import LINES_PER_PAGE

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestStatementPortal(O2oSettlementCommon, HttpCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order.partner_id.write({"name": "Consumer Li", "phone": "13800138000"})
        cls._share(cls.dealer_c2, 820.0, "fulfiller")
        cls._share(cls.dealer_b1, 60.0, "origin")
        cls._share(cls.dealer_c1, 20.0, "tier1")
        cls.period = cls._create_period()
        cls.period.with_user(cls.accountant).action_make_statements()
        cls.statements = {s.partner_id: s for s in cls.period.statement_ids}
        cls._create_login(cls.dealer_c2, "c2")
        cls._create_login(cls.dealer_b1, "b1")

    @classmethod
    def _create_login(cls, dealer, login):
        contact = cls.env["res.partner"].create(
            {
                "name": f"{login} boss",
                "parent_id": dealer.id,
                "email": f"{login}@dealer.example",
            }
        )
        cls._create_user(
            "o2o_channel.o2o_group_dealer_portal",
            login=login,
            password=f"{login}-secret",
            partner_id=contact.id,
        )

    def _open(self, login, path="/my/o2o/statements", status=200):
        self.authenticate(login, f"{login}-secret")
        response = self.url_open(path)
        self.assertEqual(response.status_code, status)
        return response

    def _send(self):
        self.period.statement_ids.with_user(self.accountant).action_send()
        self.env.flush_all()

    def _token(self, login, statement):
        """The CSRF token of the confirm button that ``login`` sees on ``statement``."""
        page = self._open(login, statement.access_url)
        return page.text.partition('name="csrf_token" value="')[2].partition('"')[0]

    def _confirm(self, statement, token):
        return self.url_open(
            f"{statement.access_url}/confirm", data={"csrf_token": token}
        )

    def test_a_dealer_sees_why_it_got_an_absent_guides_share(self):
        self._share(self.dealer_c2, 30.0, "fulfiller", moved_from="guide")
        self.period.with_user(self.accountant).action_make_statements()
        self._send()
        page = self._open("c2", self.statements[self.dealer_c2].access_url).text
        self.assertEqual(page.count("on the order: its share is yours"), 1)
        self.assertIn("agreed", page)
        self.assertNotIn(">0 %<", page)

    def test_a_statement_of_offsets_alone_has_no_orders(self):
        account = self.company._o2o_account("560110")
        self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company.id,
                    "partner_id": self.dealer_b1.id,
                    "kind": "claim",
                    "amount": -80.0,
                    "date": date(2026, 12, 2),
                    "name": "Claim of the case",
                    "key": "case/claim",
                    "counterparts": [(account.id, -80.0, {})],
                }
            ]
        )
        december = self._create_period("2026-12-01")
        december.with_user(self.accountant).action_make_statements()
        statement = self._statement(self.dealer_b1, december)
        statement.with_user(self.accountant).action_send()
        self.env.flush_all()
        page = self._open("b1", statement.access_url).text
        self.assertIn("Claim of the case", page)
        self.assertNotIn(">Orders</h5>", page)
        titles = [table["title"] for table in statement._paper()["tables"]]
        self.assertEqual(len(titles), 1)

    def test_a_draft_is_not_shown(self):
        self.assertIn("No statement yet", self._open("c2").text)
        self._open("c2", self.statements[self.dealer_c2].access_url, status=404)

    def test_a_dealer_sees_the_own_statement_and_nothing_else(self):
        self._send()
        mine, other = self.statements[self.dealer_c2], self.statements[self.dealer_b1]
        page = self._open("c2")
        self.assertIn(mine.name, page.text)
        self.assertNotIn(other.name, page.text)
        detail = self._open("c2", mine.access_url).text
        for shown in (
            self.order.name,
            "Fulfilling Dealer",
            "820.00",
            "106.60",
            "926.60",
        ):
            self.assertIn(shown, detail)
        for hidden in (
            "Consumer Li",
            "13800138000",
            "Beijing Trade",
            "63.60",
            "Headquarters",
        ):
            self.assertNotIn(hidden, detail)

    def test_another_dealer_does_not_find_it(self):
        self._send()
        mine = self.statements[self.dealer_c2]
        page = self._open("b1", mine.access_url, status=404)
        self.assertNotIn(mine.name, page.text)

    def test_another_dealer_can_not_confirm(self):
        self._send()
        mine, other = self.statements[self.dealer_c2], self.statements[self.dealer_b1]
        self._confirm(mine, self._token("b1", other))
        self.assertEqual(mine.state, "sent")
        self.assertFalse(mine.bill_id)

    def test_the_dealer_confirms_once(self):
        self._send()
        mine = self.statements[self.dealer_c2]
        token = self._token("c2", mine)
        done = self._confirm(mine, token)
        self.assertIn("Thank you", done.text)
        self.assertNotIn("o_o2o_confirm", done.text)
        self.assertEqual(mine.state, "billed")
        self.assertEqual(mine.confirmed_by_id.login, "c2")
        self.assertEqual(mine.bill_id.amount_total, 926.6)
        bill = mine.bill_id
        self._confirm(mine, token)
        self.assertEqual(mine.bill_id, bill)

    def test_a_disputed_statement_is_not_confirmed(self):
        self._send()
        mine = self.statements[self.dealer_c2]
        token = self._token("c2", mine)
        mine.with_user(self.accountant).action_dispute()
        self.env.flush_all()
        done = self._confirm(mine, token)
        self.assertIn("is Disputed", done.text)
        self.assertEqual(mine.state, "disputed")

    def test_nobody_else_opens_it(self):
        self._send()
        mine = self.statements[self.dealer_c2]
        for group in ("o2o_channel.o2o_group_auditor", "base.group_portal"):
            self._create_user(group, login=group[-7:], password=f"{group[-7:]}-secret")
            self._open(group[-7:], mine.access_url, status=404)

    def test_over_rpc_a_dealer_reads_nothing(self):
        self._send()
        user = self.env["res.users"].search([("login", "=", "c2")])
        for model in ("o2o.settlement", "o2o.settlement.period", "o2o.clearing.report"):
            self.assertFalse(self.env[model].with_user(user).has_access("read"), model)

    def test_many_lines_come_in_pages(self):
        for number in range(LINES_PER_PAGE):
            self._share(self.dealer_c2, 1.0 + number / 100, day="2026-11-21")
        self.period.with_user(self.accountant).action_make_statements()
        self._send()
        mine = self.statements[self.dealer_c2]
        first = self._open("c2", mine.access_url).text
        second = self._open("c2", f"{mine.access_url}?page=2").text
        self.assertIn("Later", first)
        self.assertNotIn("1.99", first)
        self.assertIn("1.99", second)
        self._open("c2", f"{mine.access_url}?page=x")

    # === Search, filters, balance ===
    def _rows(self, path):
        page = html.fromstring(self._open("c2", path).text)
        return [
            " ".join(row.text_content().split())
            for row in page.xpath("//table[1]/tbody/tr")
        ]

    def test_lines_are_found_by_order_and_product(self):
        other = self.order.copy()
        self._share(
            self.dealer_c2,
            7.77,
            "tier1",
            order_id=other.id,
            order_line_id=other.order_line.id,
        )
        self.period.with_user(self.accountant).action_make_statements()
        self._send()
        url = self.statements[self.dealer_c2].access_url
        self.assertEqual(len(self._rows(url)), 2)
        [row] = self._rows(f"{url}?search={other.name}")
        self.assertIn("7.77", row)
        self.assertIn(self.product.display_name, row)
        page = html.fromstring(self._open("c2", f"{url}?search={other.name}").text)
        [found] = page.xpath("//p[contains(@class, 'o_o2o_found')]")
        self.assertRegex(found.text_content(), r"1\s+lines found,\s+.*7\.77")
        product = self.product.name.split()[0]
        self.assertEqual(len(self._rows(f"{url}?search={product}")), 2)
        for nothing in ("Consumer", "13800138000", "S99999", "%00%25'"):
            self.assertEqual(self._rows(f"{url}?search={nothing}"), [], nothing)

    def test_a_search_keeps_to_the_own_statements(self):
        self._send()
        mine, other = self.statements[self.dealer_c2], self.statements[self.dealer_b1]
        found = self._open("c2", f"/my/o2o/statements?search={self.order.name}").text
        self.assertIn(mine.access_url, found)
        self.assertNotIn(other.access_url, found)
        found = self._open("c2", f"/my/o2o/statements?search={other.name}").text
        self.assertIn("Nothing found", found)

    def test_statements_are_filtered_by_state(self):
        self._send()
        mine = self.statements[self.dealer_c2]
        seen = {}
        for key in ("all", "sent", "open", "paid", "of nobody"):
            page = self._open("c2", f"/my/o2o/statements?filterby={key}").text
            seen[key] = mine.access_url in page
        wanted = {"all": True, "sent": True, "open": False, "paid": False}
        self.assertEqual(seen, wanted | {"of nobody": True})

    def test_what_is_not_stated_yet_is_the_own(self):
        self._send()
        self._share(self.dealer_c2, 33.33, day="2026-12-20")
        self._share(self.dealer_b1, 44.44, day="2026-12-20")
        page = html.fromstring(self._open("c2").text)
        [card] = page.xpath("//div[contains(@class, 'o_o2o_balance')]")
        self.assertIn("33.33", card.text_content())
        self.assertNotIn("44.44", card.text_content())

    # === Deposit ===
    def _pay_in(self, dealer, amount):
        bank = self.env["account.journal"].search(
            [("type", "=", "bank"), ("company_id", "=", self.company.id)], limit=1
        )
        self.env["o2o.deposit.move"].create(
            {
                "partner_id": dealer.id,
                "company_id": self.company.id,
                "operation": "receive",
                "amount": amount,
                "journal_id": bank.id,
                "reason": f"Contract of {dealer.name}",
            }
        ).action_apply()

    def test_a_dealer_sees_the_own_deposit(self):
        self.dealer_c2.write({"dealer_deposit": 500.0, "o2o_deposit_top_up": True})
        self._pay_in(self.dealer_c2, 321.0)
        self._pay_in(self.dealer_b1, 654.0)
        self.assertIn("321.00", self._open("c2").text)
        page = self._open("c2", "/my/o2o/deposit").text
        for shown in ("500.00", "321.00", "179.00", self.dealer_c2.name):
            self.assertIn(shown, page)
        for hidden in ("654.00", f"Contract of {self.dealer_b1.name}"):
            self.assertNotIn(hidden, page)
        self.assertIn("654.00", self._open("b1", "/my/o2o/deposit").text)

    def test_only_dealers_have_a_deposit_page(self):
        self._create_user("base.group_portal", login="guest", password="guest-secret")
        self._open("guest", "/my/o2o/deposit", status=404)
        self.assertIn(
            "Nothing has been paid in", self._open("c2", "/my/o2o/deposit").text
        )
        self.assertNotIn("Deposit held", self._open("c2").text)
