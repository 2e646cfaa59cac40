import io
import json

from openpyxl import load_workbook
from psycopg2.errors import RestrictViolation
from pypdf import PdfReader

from odoo.exceptions import UserError
from odoo.tests import HttpCase, tagged
from odoo.tools import mute_logger

from .common_settlement import O2oSettlementCommon


def _text(pdf):
    return "\n".join(p.extract_text() for p in PdfReader(io.BytesIO(pdf)).pages)


@tagged("post_install", "-at_install")
class TestPaper(O2oSettlementCommon, HttpCase):
    """PDF, workbook, seal, and the page that the code on the paper leads to."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.order.partner_id.write({"name": "Consumer Li", "phone": "13800138000"})
        cls._share(cls.dealer_c2, 820.0)
        cls._share(cls.dealer_b1, 60.0, "origin")
        cls._share(cls.guide, 5000.0, "guide")
        cls.period = cls._create_period()
        cls.period.with_user(cls.accountant).action_make_statements()
        cls.mine = cls.period.statement_ids.filtered(
            lambda s: s.partner_id == cls.dealer_c2
        )
        cls.dealer_c2.email = "c2@dealer.example"
        for dealer, login in ((cls.dealer_c2, "c2"), (cls.dealer_b1, "b1")):
            contact = cls.env["res.partner"].create(
                {"name": f"{login} boss", "parent_id": dealer.id}
            )
            cls._create_user(
                "o2o_channel.o2o_group_dealer_portal",
                login=login,
                password=f"{login}-secret",
                partner_id=contact.id,
            )

    def _send(self):
        self.period.statement_ids.with_user(self.accountant).action_send()
        self.env.flush_all()

    def _seal(self, statement=None):
        return (statement or self.mine)._seal()[statement or self.mine]

    # === PDF and workbook ===
    def test_the_pdf_says_what_the_statement_says(self):
        self._send()
        page = _text(self.mine._pdf())
        for shown in (self.mine.name, self.order.name, "820.00", "106.60", "926.60"):
            self.assertIn(shown, page)
        for hidden in ("Consumer Li", "13800138000", "63.60", "5,000.00"):
            self.assertNotIn(hidden, page)
        self.assertIn(self._seal().digest[:16], page)

    def test_a_persons_pdf_shows_the_tax_withheld(self):
        self._send()
        guide = self.period.statement_ids.filtered(lambda s: s.partner_id == self.guide)
        page = _text(guide._pdf())
        for shown in ("5,000.00", "-800.00", "4,200.00"):
            self.assertIn(shown, page)

    def test_a_draft_is_marked_and_not_sealed(self):
        self.assertIn("Draft", _text(self.mine._pdf()))
        self.assertFalse(self.mine.seal_ids)

    def test_chinese_names_are_on_the_paper(self):
        self.dealer_c2.name = "成都第二贸易有限公司"
        self._send()
        self.assertIn("成都第二贸易有限公司", _text(self.mine._pdf()))

    def test_the_workbook_counts(self):
        book = load_workbook(io.BytesIO(self.mine._xlsx()))
        summary, roles, orders = book.worksheets
        self.assertEqual([cell.value for cell in roles[2]][1:], [820.0, 106.6, 926.6])
        self.assertEqual(orders["B2"].value, self.order.name)
        self.assertEqual(orders["E2"].value, 820.0)
        self.assertEqual(list(summary.values)[-1][1], 926.6)

    def test_the_mail_has_the_pdf_with_it(self):
        self._send()
        mail = self.env["mail.mail"].search(
            [("model", "=", "o2o.settlement"), ("res_id", "=", self.mine.id)]
        )
        files = mail.attachment_ids
        self.assertEqual(
            files.mapped("name"), [f"{self.mine.name.replace('/', '-')}.pdf"]
        )
        self.assertIn("926.60", _text(files.raw))

    # === Seals ===
    def test_sending_seals_each_statement_once(self):
        self._send()
        seals = self.period.statement_ids.seal_ids.sorted("number")
        self.assertEqual(seals.mapped("number"), [1, 2, 3])
        self.assertEqual(seals[0].previous_digest, "0" * 64)
        self.assertEqual(seals[1].previous_digest, seals[0].digest)
        self.assertEqual(seals.mapped("is_last"), [False, False, True])
        self._send()
        self.mine._pdf()
        self.assertEqual(len(self.period.statement_ids.seal_ids), 3)
        self.assertEqual(json.loads(self._seal().content)["payable"], "926.60")

    def test_a_statement_that_says_more_gets_another_seal(self):
        self._send()
        first = self._seal()
        self.assertTrue(first._verify()["current"])
        line = self._share(self.dealer_c2, 100.0)
        line._mark_stated(self.mine)
        self.mine._set(amount_lines=920.0, amount_total=920.0)
        self.assertFalse(first._verify()["current"])
        second = self._seal()
        self.assertNotEqual(second, first)
        self.assertEqual(first._verify()["newer"], second)
        self.assertTrue(second._verify()["current"])

    def test_nobody_makes_changes_or_deletes_a_seal(self):
        self._send()
        seal = self._seal()
        mine = seal.with_user(self.accountant)
        for change in (
            lambda: mine.write({"content": "{}"}),
            lambda: mine.unlink(),
            lambda: mine.create({"settlement_id": self.mine.id}),
        ):
            with self.assertRaises(UserError):
                change()
        with self.assertRaisesRegex(UserError, "stays as it is"):
            seal.write({"content": "{}"})
        with self.assertRaisesRegex(UserError, "sending or printing"):
            seal.create({"settlement_id": self.mine.id, "company_id": self.company.id})

    @mute_logger("odoo.sql_db")
    def test_the_database_refuses_as_well(self):
        self._send()
        for query in (
            "UPDATE o2o_settlement_seal SET content = '{}'",
            "DELETE FROM o2o_settlement_seal",
        ):
            with self.assertRaises(RestrictViolation), self.cr.savepoint():
                self.env.cr.execute(query)

    def _tamper(self, seal):
        self.env.cr.execute(
            "ALTER TABLE o2o_settlement_seal DISABLE TRIGGER o2o_settlement_seal_kept"
        )
        self.env.cr.execute(
            "UPDATE o2o_settlement_seal SET content = replace(content, '926.60', '936.60')"
            " WHERE id = %s",
            [seal.id],
        )
        self.env.cr.execute(
            "ALTER TABLE o2o_settlement_seal ENABLE TRIGGER o2o_settlement_seal_kept"
        )
        self.env.invalidate_all()

    def test_a_seal_changed_in_the_database_is_found(self):
        self._send()
        seal = self._seal()
        seal.with_user(self.accountant).action_check_chain()
        self._tamper(seal)
        self.assertFalse(seal._verify()["intact"])
        with self.assertRaisesRegex(UserError, f"broken at number {seal.number}"):
            seal.with_user(self.accountant).action_check_chain()

    # === Pages ===
    def _verify_page(self, seal, status=200):
        self.env.flush_all()
        response = self.url_open(f"/o2o/v/{seal.token}")
        self.assertEqual(response.status_code, status)
        return response.text

    def test_anybody_with_the_paper_can_check_it(self):
        self._send()
        page = self._verify_page(self._seal())
        for shown in ("Unchanged", self.mine.name, "926.60", self._seal().digest[:16]):
            self.assertIn(shown, page)
        for hidden in ("Consumer Li", self.order.name, self.dealer_c2.name):
            self.assertNotIn(hidden, page)

    def test_an_unknown_code_is_no_paper_of_ours(self):
        response = self.url_open("/o2o/v/AbCdEfGhIjKlMnOpQrStUv")
        self.assertEqual(response.status_code, 404)
        self.assertIn("This code is unknown", response.text)

    def test_a_withdrawn_statement_says_so(self):
        self._send()
        seal = self._seal()
        self.mine.with_user(self.accountant).action_cancel()
        self.assertIn("Cancelled.", self._verify_page(seal))

    def test_a_tampered_seal_says_so(self):
        self._send()
        seal = self._seal()
        self._tamper(seal)
        page = self._verify_page(seal)
        self.assertIn("Not valid.", page)
        self.assertNotIn("Unchanged", page)

    def test_a_dealer_gets_the_own_files_and_no_others(self):
        self._send()
        for kind, start in (("pdf", b"%PDF"), ("xlsx", b"PK")):
            self.authenticate("c2", "c2-secret")
            own = self.url_open(f"{self.mine.access_url}/{kind}")
            self.assertTrue(own.content.startswith(start))
            self.authenticate("b1", "b1-secret")
            other = self.url_open(f"{self.mine.access_url}/{kind}")
            self.assertEqual(other.status_code, 404)
            internal = self.url_open(f"/o2o/statements/{self.mine.id}/{kind}")
            self.assertEqual(internal.status_code, 404)

    def test_an_auditor_gets_the_file_too(self):
        self._send()
        self._create_user(
            "o2o_channel.o2o_group_auditor", login="auditor", password="auditor-secret"
        )
        self.authenticate("auditor", "auditor-secret")
        file = self.url_open(f"/o2o/statements/{self.mine.id}/pdf")
        self.assertEqual(file.headers["Content-Type"], "application/pdf")
        self.assertIn("926.60", _text(file.content))
