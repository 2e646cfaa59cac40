import logging
import os
import random

from odoo.tests import tagged

from .common_returns import O2oReturnsCommon
from .common_settlement import SettlementTools
from .split_world import SplitWorld, fair_shares

_logger = logging.getLogger(__name__)

# The benchmark asks for more; each is a company's life of so many steps.
HISTORIES = int(os.environ.get("O2O_SPLIT_HISTORIES", "10"))
STEPS = int(os.environ.get("O2O_SPLIT_STEPS", "8"))
SEED = int(os.environ.get("O2O_SPLIT_SEED", "2026"))


@tagged("post_install", "-at_install")
class TestSplitHistory(SettlementTools, O2oReturnsCommon):
    """Random lives of the channel: the books are right after each step."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_up_role_taxes()
        cls.accountant = cls._create_user("o2o_channel.o2o_group_accountant")
        cls._set_stock(cls.store_c2, cls.product, 100000)
        names = {True: "included", False: "excluded"}
        cls.world_taxes = {
            (percent, included): cls.tax_13.copy(
                {
                    "name": f"{percent}% {name}",
                    "amount": percent,
                    "price_include_override": f"tax_{name}",
                }
            )
            for percent in (0, 13)
            for included, name in names.items()
        }

    def _close_period(self, period):
        period.with_user(self.accountant).action_close()
        self.assertEqual(period.state, "closed")

    def test_random_histories(self):
        """One after the other in one company; on the way months are closed and locked."""
        self._live(HISTORIES, SEED)

    def test_random_histories_posted_by_the_day(self):
        self.company.o2o_split_posting = "daily"
        self._live(max(HISTORIES // 3, 1), SEED + 1)

    def _live(self, histories, seed):
        world = SplitWorld(self, random.Random(seed))
        for number in range(1, histories + 1):
            for step in range(STEPS):
                deal = world.step() if step else world.step("sell")
                if deal:
                    self._check_deal(world, deal)
            self._check_world(world)
            if not number % 20:
                _logger.info("%s histories, %s orders", number, len(world.deals))
        self.assertGreaterEqual(len(world.deals), histories)
        closed = self.env["o2o.settlement.period"].search(
            [("company_id", "=", self.company.id), ("state", "=", "closed")]
        )
        if histories >= 10:
            self.assertTrue(closed, "no month was closed on the way")
        shares = self.env["o2o.split.line"].search_count(
            [("company_id", "=", self.company.id)]
        )
        _logger.info(
            "O2O-HISTORIES %s histories, %s steps, %s orders, %s shares, %s months closed",
            histories,
            histories * STEPS,
            len(world.deals),
            shares,
            len(closed),
        )

    def _check_deal(self, world, deal):
        """The order's shares are as calculated a second time, and no run adds to them."""
        order = deal.order
        shares = {party: sum_ for party, sum_ in self._shares(order).items() if sum_}
        if fair_shares():
            self.assertEqual(shares, deal.due(), f"{order.name}: {world.log[-20:]}")
        count = len(order.o2o_split_line_ids)
        order.action_o2o_split()
        order.dispatch_ids._o2o_split()
        self.assertEqual(len(order.o2o_split_line_ids), count, world.log[-20:])
        self._check_database()

    def _check_world(self, world):
        """Every posting adds up, all of it is in the ledger, clearing ties out."""
        world.post_days()
        self._assert_clearing_ties_out()
        self.env.cr.execute(
            """SELECT order_line_id, posting FROM o2o_split_line WHERE company_id = %s
                GROUP BY order_line_id, posting
               HAVING SUM(amount) <> MIN(posting_base) OR MIN(posting_base) <> MAX(posting_base)""",
            [self.company.id],
        )
        self.assertFalse(self.env.cr.fetchall(), world.log[-20:])
        unposted = self.env["o2o.split.line"].search(
            [
                ("company_id", "=", self.company.id),
                ("move_id", "=", False),
                ("state", "!=", "kept"),
                ("amount", "!=", 0),
            ]
        )
        self.assertFalse(unposted, world.log[-20:])
