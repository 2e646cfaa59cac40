import base64
import csv
import io

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import HttpCase, new_test_user, tagged
from odoo.tools import mute_logger

from ..engine import order_file, table_file
from .common_intake import IntakeCommon

HEADER = (
    "external_ref",
    "ordered_at",
    "consumer_name",
    "consumer_phone",
    "region_code",
    "sku",
    "quantity",
    "price",
)


class ImportCommon(IntakeCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager")

    @classmethod
    def _row(cls, reference="T-1", **cells):
        values = (
            reference,
            "2026-11-20 10:00",
            "李雷",
            "13800138000",
            "510104",
            "E-1001",
            "1",
            "1130.00",
        )
        return {**dict(zip(HEADER, values, strict=True)), **cells}

    @classmethod
    def _file(cls, *rows):
        stream = io.StringIO(newline="")
        columns = list(dict.fromkeys(name for row in rows for name in row))
        writer = csv.DictWriter(stream, columns, restval="")
        writer.writeheader()
        writer.writerows(rows)
        return stream.getvalue().encode()

    def _upload(self, *rows, content=None, user=None):
        wizard = self.env["o2o.order.import.wizard"].with_user(user or self.manager)
        action = wizard.create(
            {
                "channel_id": self.channel.id,
                "filename": "orders.csv",
                "content": base64.b64encode(content or self._file(*rows)),
            }
        ).action_upload()
        return (
            self.env["o2o.order.import"]
            .with_user(user or self.manager)
            .browse(action["res_id"])
        )

    def _run(self):
        with self.enter_registry_test_mode():
            self.env.ref("o2o_channel.ir_cron_o2o_order_import").method_direct_trigger()
        self.env.invalidate_all()

    def _orders(self, *references):
        return self.env["sale.order"].search(
            [
                ("o2o_channel_id", "=", self.channel.id),
                ("o2o_external_ref", "in", references),
            ]
        )


@tagged("post_install", "-at_install")
class TestIntakeImport(ImportCommon):
    """From file to orders: read, checked, looked at, imported, corrected."""

    def test_file_is_checked_and_imported_only_when_told(self):
        job = self._upload(self._row(), self._row("T-2"))
        self.assertEqual((job.state, job.ok_count, job.error_count), ("ready", 2, 0))
        self.assertEqual(len(job.preview_row_ids), 2)
        self.assertFalse(self._orders("T-1", "T-2"))
        job.action_import()
        self._run()
        self.assertEqual((job.state, job.done_count, job.progress), ("done", 2, 100))
        orders = self._orders("T-1", "T-2")
        self.assertEqual(orders.mapped("state"), ["sale", "sale"])
        self.assertEqual(orders.create_uid, self.manager)
        self.assertEqual(job.row_ids.order_id, orders)

    def test_rows_of_one_reference_are_one_order(self):
        job = self._upload(self._row(), self._row("T-2"), self._row(quantity="2"))
        job.action_import()
        self._run()
        order = self._orders("T-1")
        self.assertEqual(order.order_line.mapped("product_uom_qty"), [1, 2])
        self.assertEqual(order.amount_total, 3390.0)

    def test_rejected_rows_name_column_value_and_remedy(self):
        job = self._upload(
            self._row("A", sku="NOPE"),
            self._row("B"),
            self._row("C", price="-1"),
            self._row("", sku="E-1001"),
            self._row("D", consumer_phone="1.38E+10"),
        )
        self.assertEqual((job.ok_count, job.error_count), (1, 4))
        messages = {row.number: row.message for row in job.row_ids}
        self.assertIn(
            'sku: No product for sale has the internal reference "NOPE"', messages[2]
        )
        self.assertIn("price", messages[4])
        self.assertIn("external_ref", messages[5])
        self.assertIn("1.38E+10", messages[6])
        self.assertEqual(job.preview_row_ids[0].state, "error")

    def test_one_wrong_row_rejects_its_order_only(self):
        job = self._upload(self._row("A"), self._row("A", sku="NOPE"), self._row("B"))
        messages = {row.number: row.message for row in job.row_ids}
        self.assertIn("Another row", messages[2])
        self.assertIn("NOPE", messages[3])
        job.action_import()
        self._run()
        self.assertFalse(self._orders("A"))
        self.assertTrue(self._orders("B"))

    def test_rows_that_contradict_each_other(self):
        job = self._upload(self._row("A"), self._row("A", consumer_name="韩梅梅"))
        messages = {row.number: row.message for row in job.row_ids}
        self.assertIn("李雷", messages[3])

    def test_unknown_channel(self):
        job = self._upload(
            self._row("A", channel="NOPE"), self._row("B", channel="TMALL")
        )
        self.assertEqual((job.ok_count, job.error_count), (1, 1))

    def test_rejected_rows_corrected_and_imported_again(self):
        job = self._upload(self._row("A", sku="NOPE"), self._row("B"))
        job.action_import()
        self._run()
        [row] = order_file.read_rows(job._rejected_table())
        self.assertEqual(row.cells["consumer_phone"], "13800138000")
        cells = {name: text for name, text in row.cells.items() if text}
        again = self._upload({**cells, "sku": "E-1001", "error": "old"})
        again.action_import()
        self._run()
        self.assertEqual(again.done_count, 1)
        self.assertEqual(len(self._orders("A", "B")), 2)

    def test_same_file_again_makes_nothing_twice(self):
        for _time in range(2):
            job = self._upload(self._row("A"), self._row("B"))
            job.action_import()
            self._run()
            self.assertEqual(job.done_count, 2)
        self.assertEqual(len(self._orders("A", "B")), 2)
        self.assertIn("before", job.row_ids[0].message)

    def test_changed_order_of_the_same_reference_is_rejected(self):
        self._upload(self._row("A")).action_import()
        self._run()
        job = self._upload(self._row("A", price="1000.00"))
        self.assertEqual(job.error_count, 1)
        self.assertIn("another content", job.row_ids.message)

    def test_what_fails_only_at_import_is_rejected_then(self):
        job = self._upload(self._row("A"), self._row("B", sku="E-333"))
        self.product_333.sale_ok = False
        job.action_import()
        self._run()
        self.assertEqual((job.done_count, job.error_count), (1, 1))
        self.channel.write({"accounting_mode": "agent", "collector": "platform"})
        job = self._upload(self._row("C"), self._row("D"))
        job.action_import()
        self._run()
        self.assertEqual((job.state, job.error_count), ("done", 2))

    def test_xlsx_is_read_too(self):
        job = self._upload(
            content=table_file.write_table([self._row()], order_file.COLUMNS)
        )
        self.assertEqual(job.ok_count, 1)

    def test_files_that_are_none_leave_nothing_behind(self):
        for content, words in (
            (b"\x89PNG\r\n\x1a\n\x00\x00", ".xlsx or .csv"),
            (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "old Excel"),
            (
                b"sku,quantity\nE-1001,1\n",
                "external_ref, ordered_at, consumer_name, price",
            ),
            (self._file(self._row(colour="red")), "colour"),
            (self._file(self._row()).splitlines()[0], "no rows"),
        ):
            with self.assertRaisesRegex(UserError, words), self.cr.savepoint():
                self._upload(content=content)
        self.assertFalse(self.env["o2o.order.import"].search([]))

    def test_nothing_fit_to_import_is_refused(self):
        job = self._upload(self._row(sku="NOPE"))
        with self.assertRaisesRegex(UserError, "rejected rows"):
            job.action_import()

    def test_strange_text_goes_through(self):
        texts = ["<b>x</b>", "'; DROP TABLE x", "😀", "שלום", "=1+1"]
        rows = [self._row(f"X-{n}", consumer_name=text) for n, text in enumerate(texts)]
        job = self._upload(*rows)
        job.action_import()
        self._run()
        self.assertEqual(job.done_count, len(texts))
        self.assertTrue(job._rejected_table())

    def test_large_file_is_read_in_the_background(self):
        rows = [self._row(f"L-{n}") for n in range(350)]
        job = self._upload(*rows, self._row("BAD", sku="NOPE"))
        self.assertEqual((job.state, job.row_count), ("reading", 0))
        self._run()
        self.assertEqual((job.state, job.ok_count, job.error_count), ("ready", 350, 1))


@tagged("post_install", "-at_install")
class TestIntakeImportAccess(ImportCommon, HttpCase):
    """Managers import, auditors read, nobody else."""

    def test_auditor_reads_and_does_not_import(self):
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        job = self._upload(self._row()).with_user(auditor)
        self.assertEqual(job.ok_count, 1)
        self.assertTrue(job.preview_row_ids.message is not None)
        with self.assertRaises(AccessError):
            job.action_import()
        with self.assertRaises(AccessError):
            self._upload(self._row(), user=auditor)

    def test_others_see_nothing(self):
        job = self._upload(self._row())
        for group in ("accountant", "approver", "integration", "dealer_portal"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            with self.assertRaises(AccessError):
                job.with_user(user).read(["name"])
            with self.assertRaises(AccessError):
                self._upload(self._row(), user=user)

    def test_manager_of_another_company_sees_nothing(self):
        job = self._upload(self._row())
        other = self.env["res.company"].create({"name": "Other"})
        stranger = new_test_user(
            self.env,
            login="stranger",
            groups="o2o_channel.o2o_group_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        jobs = self.env["o2o.order.import"].with_user(stranger)
        jobs = jobs.with_context(allowed_company_ids=other.ids)
        self.assertFalse(jobs.search([("id", "=", job.id)]))

    def test_downloads(self):
        job = self._upload(self._row(sku="NOPE"))
        self.authenticate(self.manager.login, self.manager.login)
        response = self.url_open(job.action_download_rejected()["url"])
        self.assertEqual(response.status_code, 200)
        [row] = order_file.read_rows(response.content)
        self.assertEqual(row.cells["sku"], "NOPE")
        for kind in ("xlsx", "csv"):
            content = self.url_open(f"/o2o/import/template.{kind}").content
            self.assertTrue(list(order_file.read_rows(content)))

    @mute_logger("odoo.http")
    def test_download_of_a_stranger(self):
        job = self._upload(self._row(sku="NOPE"))
        dealer = self._create_user("o2o_channel.o2o_group_dealer_portal")
        self.authenticate(dealer.login, dealer.login)
        response = self.url_open(f"/o2o/import/{job.id}/rejected.xlsx")
        self.assertIn(response.status_code, (403, 404))
