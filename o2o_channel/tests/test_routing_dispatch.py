import re

from odoo import Command
from odoo.exceptions import AccessError, UserError
from odoo.tests import freeze_time, tagged

from .common import O2oRoutingCommon


@tagged("post_install", "-at_install")
class TestDispatch(O2oRoutingCommon):
    """The life of one leg."""

    def setUp(self):
        super().setUp()
        self.order = self._confirm_order((self.product, 2))
        self.leg = self.order.dispatch_ids

    def test_from_offer_to_delivery(self):
        leg = self.leg.with_user(self.manager)
        leg.action_accept()
        leg.action_pick()
        leg.action_ship("SF100200300")
        self.assertEqual(self.leg.picking_ids.state, "done")
        self.assertEqual(self.order.order_line.qty_delivered, 2)
        leg.action_deliver()
        self.assertEqual((leg.state, leg.tracking_ref), ("delivered", "SF100200300"))
        self.assertTrue(leg.delivered_at)
        self.assertEqual(
            leg.event_ids.mapped("state_to"),
            ["offered", "accepted", "picked", "shipped", "delivered"],
        )
        self.assertEqual(leg.event_ids[1].user_id, self.manager)
        self.assertEqual(self._free(self.store_c2), 8)

    def test_stock_is_freed_beside_a_second_quant(self):
        """Odoo makes another quant where the first is busy, and would free that one."""
        for end in ("reject", "ship"):
            order = self._confirm_order()
            leg = order.dispatch_ids
            store = leg.warehouse_id
            pool = [
                ("location_id", "=", store.o2o_location_id.id),
                ("product_id", "=", self.product.id),
            ]
            quants = self.env["stock.quant"].search(pool)
            before = sum(quants.mapped("reserved_quantity"))
            self.env.flush_all()
            # older, so that it comes first; empty, as after a delivery beside a lock
            self.env.cr.execute(
                """INSERT INTO stock_quant (product_id, location_id, company_id, quantity,
                                            reserved_quantity, in_date)
                   SELECT product_id, location_id, company_id, 0, 0,
                          in_date - interval '1 day'
                     FROM stock_quant WHERE id = %s""",
                quants[:1].ids,
            )
            self.env.invalidate_all()
            if end == "reject":
                leg.action_reject(self.reason)
            else:
                leg.action_accept()
                leg.action_ship()
            quants = self.env["stock.quant"].search(pool)
            self.assertEqual(sum(quants.mapped("reserved_quantity")), before - 1, end)

    def test_a_second_accept_is_told_when_and_by_whom(self):
        with freeze_time("2026-11-20 07:02:00"):
            self.leg.deadline = "2026-11-20 08:00:00"
            self.leg.with_user(self.manager).action_accept()
        name = re.escape(self.manager.name)
        with self.assertRaisesRegex(
            UserError, f"already accepted, 2026-11-20 15:02 by {name}"
        ):
            self.leg.with_context(tz="Asia/Shanghai").action_accept()

    def test_steps_out_of_order_are_refused(self):
        with self.assertRaisesRegex(UserError, "already offered"):
            self.leg.action_ship()
        with self.assertRaises(UserError):
            self.leg.action_deliver()
        with self.assertRaises(UserError):
            self.leg.action_pick()
        self.leg.action_accept()
        with self.assertRaisesRegex(UserError, "already accepted"):
            self.leg.action_reject(self.reason)
        self.leg.action_ship()
        with self.assertRaisesRegex(UserError, "already shipped"):
            self.leg.action_cancel()
        with self.assertRaisesRegex(UserError, "already shipped"):
            self.leg.action_hand_to_hq("too late")
        with self.assertRaisesRegex(UserError, "already shipped"):
            self.leg.action_assign_to(self.store_far)

    def test_a_home_delivery_is_not_collected(self):
        self.leg.action_accept()
        with self.assertRaisesRegex(UserError, "ship it instead"):
            self.leg.action_ready()

    def test_cancelling_a_leg_frees_its_stock_and_can_be_routed_again(self):
        self.leg.action_accept()
        self.leg.action_cancel()
        self.assertEqual(
            (self.leg.state, self.order.o2o_route_state), ("cancelled", "exception")
        )
        self.assertEqual(self._free(self.store_c2), 10)
        self.order.action_o2o_route()
        self.assertEqual(self.order.dispatch_ids.sorted("id")[-1].state, "offered")
        self.assertEqual(self.order.o2o_route_state, "routed")

    def test_cancelling_the_order_ends_its_legs_for_good(self):
        self.order._action_cancel()
        self.assertEqual(
            (self.leg.state, self.order.o2o_route_state), ("cancelled", "none")
        )
        self.assertEqual(self._free(self.store_c2), 10)
        self.assertEqual(len(self.order.dispatch_ids), 1)
        with self.assertRaisesRegex(UserError, "was cancelled"):
            self.leg.action_accept()

    def test_cancelling_the_order_leaves_what_was_delivered(self):
        self.leg.action_accept()
        self.leg.action_ship()
        self.leg.action_deliver()
        self.order._action_cancel()
        self.assertEqual(self.leg.state, "delivered")

    def test_a_delivery_validated_by_itself_ships_the_accepted_leg(self):
        picking = self.leg.picking_ids
        picking.move_ids.picked = True
        with self.assertRaisesRegex(UserError, "has to accept it first"):
            picking.button_validate()
        self.leg.action_accept()
        picking.button_validate()
        self.assertEqual(self.leg.state, "shipped")

    def test_a_part_delivered_leaves_the_leg_open_until_the_rest_is(self):
        self.leg.action_accept()
        picking = self.leg.picking_ids
        picking.move_ids.write({"quantity": 1, "picked": True})
        picking.with_context(skip_backorder=True).button_validate()
        self.assertEqual(self.leg.state, "accepted")
        rest = self.leg.picking_ids - picking
        self.assertEqual(rest.o2o_dispatch_id, self.leg)
        rest.action_assign()
        rest.move_ids.picked = True
        rest.button_validate()
        self.assertEqual(self.leg.state, "shipped")

    def test_a_return_knows_the_leg_and_does_not_ship_it_again(self):
        self.leg.action_accept()
        self.leg.action_ship()
        self.leg.action_deliver()
        picking = self.leg.picking_ids
        wizard = (
            self.env["stock.return.picking"]
            .with_context(active_id=picking.id, active_model="stock.picking")
            .create({"picking_id": picking.id})
        )
        wizard.product_return_moves.quantity = 1
        back = self.env["stock.picking"].browse(
            wizard.action_create_returns()["res_id"]
        )
        back.move_ids.picked = True
        back.button_validate()
        self.assertEqual(back.move_ids.o2o_dispatch_id, self.leg)
        self.assertEqual((back.state, self.leg.state), ("done", "delivered"))
        self.assertEqual(self.order.order_line.qty_delivered, 1)

    def test_two_legs_of_an_order_in_one_store_stay_two_deliveries(self):
        self.env["sale.order.line"].create(
            {
                "order_id": self.order.id,
                "product_id": self.product.id,
                "product_uom_qty": 1,
            }
        )
        legs = self.order.dispatch_ids
        self.assertEqual(legs.warehouse_id, self.store_c2)
        self.assertEqual(len(legs.picking_ids), 2)

    def test_the_hook_after_delivery_runs_once_with_the_time_set(self):
        seen = []
        model = type(self.env["o2o.dispatch"])

        def record(leg):
            seen.append((leg.id, bool(leg.delivered_at), leg.state))

        self.patch(model, "_o2o_after_deliver", record)
        self.leg.action_accept()
        self.leg.action_ship()
        self.leg.action_deliver()
        self.assertEqual(seen, [(self.leg.id, True, "delivered")])

    def test_an_order_invoiced_before_it_is_routed_costs_hq_nothing(self):
        self.consumer.write({"o2o_region_code": False, "city": "Atlantis"})
        self.product.invoice_policy = "order"
        order = self._confirm_order()
        self.assertEqual(order.o2o_route_state, "unplaced")
        line = order._create_invoices().invoice_line_ids.filtered("product_id")
        self.assertFalse(line._eligible_for_stock_account())

    # What is written stays

    def test_events_and_legs_are_kept(self):
        with self.assertRaisesRegex(UserError, "can't be changed"):
            self.leg.event_ids.note = "never happened"
        with self.assertRaisesRegex(UserError, "can't be deleted"):
            self.leg.event_ids.unlink()
        with self.assertRaisesRegex(UserError, "kept as a record"):
            self.leg.unlink()

    def test_an_order_with_legs_is_not_deleted(self):
        self.order._action_cancel()
        with self.assertRaisesRegex(UserError, "stays on record"):
            self.order.unlink()

    def test_a_leg_is_changed_by_its_actions_only(self):
        with self.assertRaises(AccessError):
            self.leg.with_user(self.manager).write({"state": "accepted"})
        with self.assertRaises(AccessError):
            self.leg.with_user(self.manager).write({"warehouse_id": self.store_far.id})
        with self.assertRaises(UserError):
            self.leg.write({"state": "delivered"})

    # Who may

    def test_accountant_approver_and_auditor_read_and_do_not_act(self):
        for group in ("accountant", "approver", "auditor"):
            user = self._create_user(f"o2o_channel.o2o_group_{group}")
            leg = self.leg.with_user(user)
            self.assertEqual(
                leg.candidate_ids[0].reason, "Can serve it: 2 of 2 promised"
            )
            self.assertTrue(leg.event_ids.state_to)
            with self.assertRaises(AccessError):
                leg.action_accept()
            with self.assertRaises(AccessError):
                leg.candidate_ids[1].action_choose()

    def test_dealers_and_the_public_have_no_access_to_the_models(self):
        contact = self.env["res.partner"].create(
            {"name": "Clerk", "parent_id": self.dealer_c2.id}
        )
        clerk = self._create_user("base.group_portal", partner_id=contact.id)
        for user in (clerk, self.env.ref("base.public_user")):
            for model in (
                "o2o.dispatch",
                "o2o.dispatch.line",
                "o2o.dispatch.candidate",
                "o2o.dispatch.event",
                "o2o.routing.rule",
                "o2o.reject.reason",
            ):
                with self.assertRaises(AccessError):
                    self.env[model].with_user(user).search([]).read(["id"])
            with self.assertRaises(AccessError):
                self.leg.with_user(user).action_accept()

    def test_a_salesperson_confirms_and_sees_the_legs(self):
        seller = self._create_user("sales_team.group_sale_salesman")
        order = self._create_order(user_id=seller.id).with_user(seller)
        order.action_confirm()
        self.assertEqual(order.dispatch_ids.state, "offered")
        with self.assertRaises(AccessError):
            order.dispatch_ids.action_accept()

    def test_another_company_does_not_see_the_legs(self):
        other = self.env["res.company"].create({"name": "Other Brand"})
        user = self._create_user("o2o_channel.o2o_group_manager", login="other_manager")
        user.write({"company_ids": [Command.set(other.ids)], "company_id": other.id})
        leg = self.leg.with_user(user).with_context(allowed_company_ids=other.ids)
        self.assertFalse(leg.search([]))
        with self.assertRaises(AccessError):
            leg.read(["name"])
