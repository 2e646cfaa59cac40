from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common_returns import O2oReturnsCommon
from .common_settlement import SettlementTools


@tagged("post_install", "-at_install")
class TestCloseLegs(SettlementTools, O2oReturnsCommon):
    """A delivered leg of which nothing is due keeps no month open; one not split does."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")

    def _second_leg(self, order, at="2026-11-23 04:00:00"):
        with freeze_time(at):
            self._deliver_legs(order.dispatch_ids)
        leg = order.dispatch_ids.filtered("delivered_at").sorted("id")[-1]
        self.assertFalse(leg.o2o_split_line_ids)
        return leg

    def _unsplit(self):
        period = self.env["o2o.settlement.period"].search(
            [("company_id", "=", self.company.id)]
        ) or self._create_period("2026-11-01")
        period.with_user(self.accountant).action_check()
        return period.check_ids.filtered(lambda check: check.key == "unsplit")

    def test_units_credited_before_they_arrive(self):
        order = self._partly_delivered()
        invoice = self._invoice(order)
        note = self._credit(invoice, quantity=invoice.invoice_line_ids.quantity)
        self.assertEqual(note.state, "posted")
        rest = order.order_line.product_uom_qty - invoice.invoice_line_ids.quantity
        if rest:
            self._by_hand(order, 333.0, rest)
        before = {p: a for p, a in self._shares(order).items() if a}
        self.assertFalse(before)
        self._second_leg(order)
        self.assertFalse({p: a for p, a in self._shares(order).items() if a})
        self.assertTrue(self._unsplit().ok)

    def test_the_second_leg_of_a_free_line(self):
        order = self._create_order(2, 0.0)
        legs = self._legs_of(order, [1, 1])
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(legs[:1])
        self._second_leg(order)
        self.assertTrue(self._unsplit().ok)

    def test_a_leg_whose_line_cannot_be_split_keeps_it_open(self):
        self.rule.action_archive_version()
        with freeze_time("2026-11-20 04:00:00"):
            order = self._delivered()
        leg = order.dispatch_ids
        self.assertTrue(order.o2o_split_note)
        self.assertEqual(self._unsplit().res_ids, leg.ids)
        with self.assertRaisesRegex(UserError, f"leg is split.*{leg.display_name}"):
            self.env["o2o.settlement.period"].search(
                [("company_id", "=", self.company.id)]
            ).with_user(self.accountant).action_close()

    def test_splitting_again_clears_what_an_older_version_left(self):
        """Legs delivered before the mark existed: the order's button looks at them again."""
        order = self._create_order(2, 0.0)
        legs = self._legs_of(order, [1, 1])
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(legs[:1])
        leg = self._second_leg(order)
        self.env.flush_all()
        self.env.cr.execute("UPDATE o2o_dispatch SET o2o_is_split = NULL")
        self.env.invalidate_all()
        self.assertEqual(self._unsplit().res_ids, leg.ids)
        order.with_user(self.accountant).action_o2o_split()
        self.assertTrue(self._unsplit().ok)
