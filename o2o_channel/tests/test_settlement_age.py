from odoo.tests import tagged
from odoo.tests.common import freeze_time

from .common_settlement import O2oSettlementCommon


@tagged("post_install", "-at_install")
class TestClearingAge(O2oSettlementCommon):
    def _rows(self, **conditions):
        domain = [("company_id", "=", self.company.id)]
        domain += [(name, "=", value) for name, value in conditions.items()]
        return (
            self.env["o2o.clearing.age.report"]
            .with_user(self.accountant)
            .search(domain)
        )

    def test_ages_add_up_to_the_clearing_report(self):
        share = self._share(self.dealer_c2, 820.0)
        self._share(self.dealer_b1, 63.6, "origin")
        day = share.original_date or share.date
        report = self.env["o2o.clearing.report"]
        for days, age in ((30, "a30"), (31, "b60"), (90, "c90"), (91, "d")):
            with freeze_time(f"{day} 04:00:00") as clock:
                clock.tick(days * 86400)
                self.env.invalidate_all()
                row = self._rows(partner_id=self.dealer_c2.id)
                self.assertEqual((row.days, row.age, row.amount), (days, age, 820))
        for total in report.search([("company_id", "=", self.company.id)]):
            rows = self._rows(partner_id=total.partner_id.id)
            self.assertEqual(
                self.currency.round(sum(rows.mapped("amount"))),
                self.currency.round(total.open_amount + total.line_amount),
            )

    def test_a_row_opens_its_share_and_leaves_when_billed(self):
        share = self._share(self.dealer_c2, 820.0)
        row = self._rows(partner_id=self.dealer_c2.id)
        action = row.action_view_origin()
        self.assertEqual(
            (action["res_model"], action["res_id"]), ("o2o.split.line", share.id)
        )
        self._state_period(self._create_period())
        self.env.invalidate_all()
        self.assertFalse(self._rows(partner_id=self.dealer_c2.id))
