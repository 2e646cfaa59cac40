from datetime import datetime, timedelta
from decimal import Decimal

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..engine import trust as engine
from .common import O2oStockCommon

NOW = datetime(2026, 11, 20, 10)


class O2oTrustCommon(O2oStockCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.store = cls.store_c2
        cls.events = cls.env["o2o.trust.event"]

    @classmethod
    def _fill(cls, filled, asked, store=None, product=None, day=0):
        """Offers of one piece, ``day`` days ago: the first ``filled`` went well."""
        store = store or cls.store
        product = product or cls.product
        with freeze_time(NOW - timedelta(days=day)):
            for number in range(asked):
                store._o2o_record_fill(
                    {product: 1}, number < filled, reference=f"{day}/{number}/{asked}"
                )

    @classmethod
    def _plain_settings(cls):
        cls.company.write({"o2o_trust_prior_weight": 0, "o2o_trust_half_life": 0})


@tagged("post_install", "-at_install")
class TestTrust(O2oTrustCommon):
    """The score is learned from events, as the engine says."""

    @freeze_time(NOW)
    def test_the_worked_example(self):
        """18 of 20, 45 of 50, fed 6 of 24 hours ago: .87, and 38 of 44 promised."""
        self._plain_settings()
        self._set_stock(self.store, self.product, 50)
        pool = self.store.o2o_location_id
        self.env["stock.quant"]._update_reserved_quantity(self.product, pool, 4)
        self.store.o2o_safety_qty = 2
        self._fill(18, 20)
        self.store._o2o_record_count(self.product, 50, 45, "A/1")
        self.store.o2o_last_feed = NOW - timedelta(hours=6)
        store = self.store
        self.assertEqual(
            (store.o2o_trust_fill, store.o2o_trust_count, store.o2o_trust_freshness),
            (0.9, 0.9, 0.75),
        )
        self.assertEqual(store.o2o_trust, 0.87)
        self.assertEqual(store.o2o_trust_ids.trust, 0.87)
        figures = store._o2o_stock_figures(self.product)[store.id, self.product.id]
        self.assertEqual((figures.trust, figures.available), (0.87, 38))

    @freeze_time(NOW)
    def test_sql_and_engine_learn_the_same_from_old_and_new_events(self):
        self.store.o2o_feed_type = "api"
        trials = []
        for day, filled, asked in ((0, 1, 3), (10, 2, 2), (45, 0, 4)):
            self._fill(filled, asked, day=day)
            trials += [
                engine.Trial(Decimal(n < filled), Decimal(1), Decimal(day))
                for n in range(asked)
            ]
        self.store._o2o_refresh_trust()
        prior = engine.PRIOR_OF_FEED["api"]
        expected = engine.score(
            engine.evidence(trials, engine.HALF_LIFE), engine.Evidence(), prior, prior
        )
        self.assertEqual(self.store.o2o_trust, float(expected.trust))
        self.assertEqual(self.store.o2o_trust_fill, float(expected.fill))

    @freeze_time(NOW)
    def test_each_category_has_a_trust_of_its_own(self):
        other = self._create_product(
            name="Sofa",
            categ_id=self.env["product.category"].create({"name": "Sofas"}).id,
        )
        self._set_stock(self.store, other, 10)
        self._fill(0, 10)
        self._fill(10, 10, product=other)
        rows = {row.categ_id: row.trust for row in self.store.o2o_trust_ids}
        self.assertEqual(rows[other.categ_id], 1)
        self.assertEqual(rows[self.category], 0.75)
        self.assertEqual(self.store.o2o_trust, 0.8333)
        available = self.store._o2o_available(self.product | other)
        self.assertEqual(available[self.store.id, other.id], 10)
        self.assertEqual(available[self.store.id, self.product.id], 7)

    @freeze_time(NOW)
    def test_one_reference_counts_once(self):
        first = self.store._o2o_record_fill({self.product: 1}, False, "L/1")
        again = self.store._o2o_record_fill({self.product: 1}, False, "L/1")
        self.assertEqual((len(first), len(again)), (1, 0))
        elsewhere = self.store_c1._o2o_record_fill({self.product: 1}, False, "L/1")
        self.assertEqual(len(elsewhere), 1)

    @freeze_time(NOW)
    def test_the_order_of_events_does_not_matter(self):
        for number, filled in enumerate((True, False, False)):
            self.store._o2o_record_fill({self.product: 1}, filled, f"a{number}")
            self.store_c1._o2o_record_fill(
                {self.product: 1}, not number < 2, f"b{number}"
            )
        self.store_c1._o2o_record_fill({self.product: 1}, True, "b3")
        self.store._o2o_record_fill({self.product: 1}, True, "a3")
        self.assertEqual(self.store.o2o_trust, self.store_c1.o2o_trust)

    @freeze_time(NOW)
    def test_with_time_the_trust_returns_to_what_the_feed_usually_keeps(self):
        self._fill(0, 10)
        self.assertEqual(self.store.o2o_trust, 0.75)
        for days, trust in ((30, 0.8333), (120, 0.9706), (400, 1)):
            with freeze_time(NOW + timedelta(days=days)):
                self.store._o2o_refresh_trust()
                self.assertEqual(self.store.o2o_trust, trust)
        self.assertFalse(self.store.o2o_trust_ids)

    @freeze_time(NOW)
    def test_what_is_known_of_no_store_keeps_what_was_entered(self):
        self.store.o2o_trust = 0.5
        self.store._o2o_refresh_trust()
        self.assertEqual(self.store.o2o_trust, 0.5)

    @freeze_time(NOW)
    def test_a_feed_in_the_future_is_no_fresher_than_fresh(self):
        self.store.o2o_last_feed = NOW + timedelta(days=3)
        self.assertEqual(self.store.o2o_trust_freshness, 1)

    @freeze_time(NOW)
    def test_a_store_without_feed_is_never_promised(self):
        self.store.o2o_feed_type = "none"
        self._fill(20, 20)
        self.assertEqual(self.store.o2o_trust, 0)
        self.assertEqual(self._free(), 0)

    def _free(self):
        return self.store._o2o_available(self.product)[self.store.id, self.product.id]

    @freeze_time(NOW)
    def test_learning_costs_the_same_queries_for_one_store_and_for_many(self):
        stores = self.store_b1 | self.store_c1 | self.store_c2
        for store in stores:
            self._fill(1, 3, store)
        self.env.flush_all()
        counts = []
        for some in (self.store_b1, stores):
            self.env.invalidate_all()
            before = self.env.cr.sql_log_count
            some._o2o_refresh_trust()
            counts.append(self.env.cr.sql_log_count - before)
        self.assertEqual(counts[0], counts[1])
        self.assertLessEqual(counts[0], 5)

    @freeze_time(NOW)
    def test_a_store_at_rest_is_not_written(self):
        self._fill(3, 3)
        self.env.flush_all()
        self.env.cr.execute(
            "SELECT xmin::text, ctid::text FROM stock_warehouse WHERE id = %s",
            [self.store.id],
        )
        row = self.env.cr.fetchone()
        self.store._o2o_refresh_trust()
        self.env.cr.execute(
            "SELECT xmin::text, ctid::text FROM stock_warehouse WHERE id = %s",
            [self.store.id],
        )
        self.assertEqual(self.env.cr.fetchone(), row)

    @freeze_time(NOW)
    def test_events_are_a_record(self):
        event = self.store._o2o_record_fill({self.product: 1}, False, "L/1")
        manager = self._create_user("o2o_channel.o2o_group_manager")
        for env in (self.env, self.env(user=manager)):
            own = event.with_env(env)
            for act in (
                lambda own=own: own.write({"state": "struck"}),
                lambda own=own: own.unlink(),
                lambda own=own: own.create(
                    {
                        "warehouse_id": self.store.id,
                        "kind": "fill",
                        "asked_qty": 1,
                        "ok_qty": 1,
                    }
                ),
            ):
                # AccessError is one, too
                with self.assertRaises(UserError):
                    act()
        self.assertEqual(event.state, "valid")

    @freeze_time(NOW)
    def test_a_count_that_finds_more_is_wrong_as_well(self):
        event = self.store._o2o_record_count(self.product, 10, 20, "A/1")
        self.assertEqual((event.ok_qty, event.asked_qty), (10, 20))
        zero = self.store._o2o_record_count(self.product, 0, 0, "A/2")
        self.assertEqual((zero.ok_qty, zero.asked_qty), (1, 1))

    def test_settings_out_of_range_are_refused(self):
        for values in (
            {"o2o_trust_half_life": -1},
            {"o2o_trust_prior_weight": -1},
            {"o2o_bonus_threshold": 1.1},
            {"o2o_bonus_size": -0.1},
        ):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.env.cr.savepoint(),
            ):
                self.company.write(values)
                self.company.flush_recordset()


@tagged("post_install", "-at_install")
class TestAppeal(O2oTrustCommon):
    """A dealer may object to an event; headquarters decides."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager = cls._create_user("o2o_channel.o2o_group_manager", email="m@x.cn")
        cls.company.o2o_manager_id = cls.manager
        contact = cls.env["res.partner"].create(
            {"name": "Li Na", "parent_id": cls.dealer_c2.id, "email": "li@c2.cn"}
        )
        cls.clerk = cls._create_user(
            "base.group_portal", login="li", partner_id=contact.id
        )
        cls.event = cls.store._o2o_record_fill({cls.product: 1}, False, "L/1")
        cls.before = cls.store.o2o_trust

    def _appeal(self, reason="It was there"):
        appeals = self.env["o2o.trust.appeal"].with_user(self.clerk)
        return appeals._appeal(self.event.with_user(self.clerk).sudo(), reason)

    def _decide(self, appeal, decision, user=None, reason="We looked"):
        wizard = (
            self.env["o2o.trust.decide"]
            .with_user(user or self.manager)
            .create({"appeal_ids": appeal.ids, "decision": decision, "reason": reason})
        )
        return wizard.action_apply()

    def test_until_it_is_decided_the_event_counts(self):
        appeal = self._appeal()
        self.assertEqual(self.event.state, "appealed")
        self.assertEqual(self.store.o2o_trust, self.before)
        self.assertEqual(appeal.activity_ids.user_id, self.manager)

    def test_a_granted_appeal_strikes_the_event_and_tells_the_dealer(self):
        appeal = self._appeal()
        self._decide(appeal, "granted")
        self.assertEqual((self.event.state, appeal.state), ("struck", "granted"))
        self.assertEqual(self.store.o2o_trust, 1)
        self.assertFalse(self.store.o2o_trust_ids)
        self.assertEqual(appeal.decided_by_id, self.manager)
        self.assertFalse(appeal.activity_ids)
        mail = self.env["mail.mail"].search(
            [("res_id", "=", appeal.id), ("subject", "=like", "Your appeal%")]
        )
        self.assertIn("We looked", mail.body_html)
        self.assertEqual(mail.recipient_ids, self.clerk.partner_id)

    def test_a_declined_appeal_leaves_it_and_there_is_no_second_one(self):
        appeal = self._appeal()
        self._decide(appeal, "declined")
        self.assertEqual((self.event.state, appeal.state), ("valid", "declined"))
        self.assertEqual(self.store.o2o_trust, self.before)
        with self.assertRaisesRegex(UserError, "appealed already"):
            self._appeal("Once more")

    def test_what_is_decided_stays(self):
        appeal = self._appeal()
        self._decide(appeal, "declined")
        with self.assertRaisesRegex(UserError, "decided already"):
            self._decide(appeal, "granted")

    def test_reasons_are_needed_on_both_sides(self):
        with self.assertRaisesRegex(UserError, "few words"):
            self._appeal("  ")
        appeal = self._appeal()
        with self.assertRaisesRegex(UserError, "Say why"):
            appeal.with_user(self.manager)._decide("granted", " ")

    def test_only_managers_decide_and_nobody_writes_by_hand(self):
        appeal = self._appeal()
        auditor = self._create_user("o2o_channel.o2o_group_auditor")
        for user in (auditor, self.clerk):
            with self.assertRaises(AccessError):
                appeal.with_user(user)._decide("granted", "Because")
        with self.assertRaises(AccessError):
            appeal.with_user(self.manager).write({"state": "granted"})
        with self.assertRaisesRegex(UserError, "can't be deleted"):
            appeal.unlink()
        for values in ({}, {"event_id": self.event.id, "reason": "x"}):
            with self.assertRaises(AccessError):
                self.env["o2o.trust.appeal"].with_user(self.clerk).create(values)


@tagged("post_install", "-at_install")
class TestTrustMonth(O2oTrustCommon):
    """History by day, and the bonus of the month after an honest one."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.stores = cls.env["stock.warehouse"]
        cls.months = cls.env["o2o.trust.month"]

    def _run(self, moment):
        with freeze_time(moment):
            self.stores._cron_o2o_trust()

    def _months(self, store=None):
        return self.months.search([("warehouse_id", "=", (store or self.store).id)])

    def test_a_day_is_the_mean_of_its_hours(self):
        self._run("2026-11-20 02:00:00")
        self.store.o2o_trust = 0.5
        self._run("2026-11-20 03:00:00")
        self._run("2026-11-20 16:30:00")  # half past midnight of the next day
        rows = self.env["o2o.trust.history"].search(
            [("warehouse_id", "=", self.store.id)], order="date"
        )
        self.assertEqual(
            [(str(row.date), row.trust, row.samples) for row in rows],
            [("2026-11-20", 0.75, 2), ("2026-11-21", 0.5, 1)],
        )
        self.assertIn("2026-11-21", self.store.o2o_trust_graph)

    def test_an_honest_month_brings_a_bonus_in_the_next(self):
        self._fill(1, 1)  # 2026-11-20
        self._fill(0, 9, self.store_c1)
        for day in (20, 25):
            self._run(f"2026-11-{day} 02:00:00")
        self.assertFalse(self._months())
        self._run("2026-12-01 02:00:00")
        month = self._months()
        self.assertEqual((str(month.month), month.days), ("2026-11-01", 2))
        self.assertEqual((month.trust, month.bonus), (1, 0.05))
        self.assertEqual(self.store.o2o_routing_bonus, 0.05)
        self.assertEqual(self._months(self.store_c1).bonus, 0)
        self.assertEqual(self.store_c1.o2o_routing_bonus, 0)
        self._run("2026-12-01 03:00:00")
        self.assertEqual(self._months(), month)
        self._run("2027-01-01 02:00:00")
        self.assertEqual(self.store.o2o_routing_bonus, 0)

    def test_who_was_not_asked_and_sent_nothing_gets_none(self):
        self._run("2026-11-20 02:00:00")
        self._run("2026-12-01 02:00:00")
        self.assertEqual((self._months().trust, self._months().proven), (1, False))
        self.assertEqual(self.store.o2o_routing_bonus, 0)

    def test_threshold_and_size_are_the_companys(self):
        self.company.write({"o2o_bonus_threshold": 0.7, "o2o_bonus_size": 0.1})
        self._fill(2, 9)
        self._run("2026-11-20 12:00:00")
        self._run("2026-12-01 02:00:00")
        self.assertEqual(self.store.o2o_routing_bonus, 0.1)

    def test_the_hourly_pass_costs_the_same_for_few_and_many_stores(self):
        with freeze_time(NOW):
            self.stores._cron_o2o_trust()
            before = self.env.cr.sql_log_count
            self.stores._cron_o2o_trust()
            few = self.env.cr.sql_log_count - before
            for number in range(6):
                self._create_store(self.dealer_c2, name=f"New {number}")
            self.stores._cron_o2o_trust()
            self.env.flush_all()
            before = self.env.cr.sql_log_count
            self.stores._cron_o2o_trust()
            self.assertLessEqual(self.env.cr.sql_log_count - before, few)
