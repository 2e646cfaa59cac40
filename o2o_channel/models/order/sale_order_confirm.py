from collections import defaultdict

from odoo import models
from odoo.exceptions import UserError

ACTIVITY_UNPLACED = "o2o_channel.mail_activity_type_o2o_unplaced"
ACTIVITY_HELD = "o2o_channel.mail_activity_type_o2o_held"


class SaleOrder(models.Model):
    """From confirmation to the door of the routing, with its two queues."""

    _inherit = "sale.order"

    def action_confirm(self):
        """Override of sale: an order with a channel is checked, sold and routed.

        It is sold even when its address can't be placed or it is held: then it waits
        in a queue with an activity, not routed.
        """
        orders = self.filtered("o2o_channel_id")
        orders._o2o_check_confirm()
        result = super().action_confirm()
        for order in orders.filtered("o2o_ordered_at"):
            order.date_order = order.o2o_ordered_at
        orders._o2o_after_confirm()
        return result

    def _action_cancel(self):
        """Override of sale: nothing of a cancelled order waits in a queue."""
        result = super()._action_cancel()
        orders = self.filtered("o2o_channel_id")
        orders.write({"o2o_route_state": "none", "o2o_hold_reason": False})
        orders._o2o_close_activities()
        return result

    def _o2o_day(self):
        """The day of the consumer's order, in the company's time zone."""
        self.ensure_one()
        return self.company_id._o2o_date(self.o2o_ordered_at or self.date_order)

    def _o2o_check_confirm(self):
        """Refuse what may not be sold. Extended by the rooms to the right."""
        for order in self:
            order._o2o_check_pickup()
            order._o2o_check_origin()

    def _o2o_check_pickup(self):
        if self.o2o_delivery_mode == "pickup" and not self.o2o_pickup_warehouse_id:
            raise UserError(
                self.env._(
                    "Order %(order)s is to be picked up, but no store is chosen. Choose "
                    "one in the field Pickup Store, or deliver it home.",
                    order=self.name,
                )
            )

    def _o2o_check_origin(self):
        """The originating dealer is in business and may sell in this channel."""
        dealer = self.o2o_origin_dealer_id
        if not dealer:
            return
        if dealer.dealer_state not in ("active", "suspended"):
            raise UserError(
                self.env._(
                    "Dealer %(dealer)s can't originate order %(order)s: its status is "
                    "not active. Name another dealer or none.",
                    dealer=dealer.display_name,
                    order=self.name,
                )
            )
        channel, day = self.o2o_channel_id, self._o2o_day()
        if not channel._authorization_ended(dealer, day):
            dealer._check_online_allowed(channel, day)

    def _o2o_after_confirm(self):
        """Route sold orders, or put them into the queue that says what is missing.

        Converging: safe to call again whenever something about an order changed.
        """
        ready = self.browse()
        waiting = defaultdict(self.browse)
        for order in self.filtered(lambda o: o.state == "sale"):
            reason = order._o2o_get_hold_reason()
            if reason:
                waiting["held"] += order
                order.o2o_hold_reason = reason
            elif order._o2o_needs_region():
                waiting["unplaced"] += order
            else:
                ready += order
        waiting["held"]._o2o_wait("held", ACTIVITY_HELD)
        waiting["unplaced"]._o2o_wait("unplaced", ACTIVITY_UNPLACED)
        if ready:
            waited = ready.filtered(
                lambda order: order.o2o_route_state in ("held", "unplaced")
            )
            if waited:
                waited._o2o_close_activities()
            ready._o2o_route()

    def _o2o_get_hold_reason(self):
        """Why the order may not be routed yet, a value of o2o_hold_reason or False."""
        self.ensure_one()
        if self.o2o_hold_released:
            return False
        goods = self.order_line.product_id.filtered(lambda one: one.type == "consu")
        missing = self.o2o_channel_id._authorization_missing_on(self._o2o_day(), goods)
        return "authorization" if missing else False

    def _o2o_needs_region(self):
        self.ensure_one()
        return self.o2o_delivery_mode == "home" and not self.o2o_region_id

    def _o2o_route(self):
        """Hook: offer what live legs don't cover. Here it only marks the orders.

        Converging: calling it again finishes what an earlier call left.
        """
        self.write({"o2o_route_state": "to_route"})

    def _o2o_wait(self, route_state, activity_type):
        """Queue orders once, with one activity each for the channel's manager."""
        new = self.filtered(lambda order: order.o2o_route_state != route_state)
        if not new:
            return
        new.write({"o2o_route_state": route_state})
        for channel, orders in new.grouped("o2o_channel_id").items():
            manager = orders._o2o_manager_of(channel)
            if manager:
                orders.activity_schedule(activity_type, user_id=manager.id)

    def _o2o_manager_of(self, channel):
        """Who looks after a channel's queues: its team's leader, else the first of
        the company's channel managers."""
        # sudo: an integration user may not read users
        managers = self.env.ref("o2o_channel.o2o_group_manager").sudo().all_user_ids
        managers = managers.filtered(
            lambda user: user.active and channel.company_id in user.company_ids
        )
        leader = channel.sudo().team_id.user_id
        return leader if leader in managers else managers.sorted("id")[:1]

    def _o2o_close_activities(self):
        # sudo: whoever solves the matter closes the manager's activity
        self.sudo().activity_unlink([ACTIVITY_UNPLACED, ACTIVITY_HELD])

    def action_o2o_route(self):
        """Button: go on with orders whose region has been set."""
        for order in self:
            if order.state != "sale" or not order.o2o_channel_id:
                raise UserError(
                    self.env._(
                        "Order %(order)s isn't a confirmed order of a channel. Confirm "
                        "it first; it is routed then.",
                        order=order.name,
                    )
                )
            if order._o2o_needs_region():
                raise UserError(
                    self.env._(
                        "Order %(order)s has no service region: %(reason)s. Correct the "
                        "delivery address, or choose the region in the field Service "
                        "Region.",
                        order=order.name,
                        reason=order.o2o_placing_note or self.env._("no address"),
                    )
                )
        self._o2o_after_confirm()
        return True

    def action_o2o_release_hold(self):
        """Button: let held orders go on; the chatter keeps who did it."""
        held = self.filtered(lambda order: order.o2o_route_state == "held")
        if not held:
            raise UserError(self.env._("None of these orders is held."))
        held.check_access("write")
        held.write({"o2o_hold_released": True, "o2o_hold_reason": False})
        held._o2o_after_confirm()
        return True
