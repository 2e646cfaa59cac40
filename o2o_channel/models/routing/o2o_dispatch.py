from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.fields import Domain
from odoo.tools import SQL, format_datetime

from ...engine.cascade import ENDED_STATES, TRANSITIONS
from ..network.tools import CHANNEL_STAFF

DEFAULT_ACCEPT_MINUTES = 30  # when no routing rule matches
DEFAULT_GRAB_MINUTES = 60

STATES = [
    ("draft", "New"),
    ("exception", "Exception"),  # first on the board: it waits for headquarters
    ("offered", "Offered"),
    ("accepted", "Accepted"),
    ("picked", "Picked"),
    ("ready", "Ready for Pickup"),
    ("shipped", "Shipped"),
    ("delivered", "Delivered"),
    ("rejected", "Rejected"),
    ("expired", "Expired"),
    ("cancelled", "Cancelled"),
]
# The store holds goods for it; suspending the dealer does not take it away.
UNDER_WAY_STATES = ("accepted", "picked", "ready", "shipped")
# The dealer knows for whom it works.
OPENED_STATES = (*UNDER_WAY_STATES, "delivered")
MODES = [
    ("assign", "Assigned"),
    ("grab", "First to Accept"),
    ("manual", "Chosen by Headquarters"),
    ("choice", "Chosen by the Customer"),
]


class O2oDispatch(models.Model):
    """One leg of an order: some of its lines, served by one store.

    A leg that is rejected or expires keeps that state, and another leg is offered to
    the next store (`previous_id`). A leg that no store can serve waits in state
    `exception`, without a store, for headquarters.
    """

    _name = "o2o.dispatch"
    _description = "Dispatch"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(required=True, readonly=True, copy=False)
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    # precomputed: written with the row, not by a second statement
    company_id = fields.Many2one(
        related="order_id.company_id", store=True, index=True, precompute=True
    )
    channel_id = fields.Many2one(
        related="order_id.o2o_channel_id", store=True, precompute=True
    )
    region_id = fields.Many2one(related="order_id.o2o_region_id")
    delivery_mode = fields.Selection(
        related="order_id.o2o_delivery_mode", store=True, precompute=True
    )
    line_ids = fields.One2many("o2o.dispatch.line", "dispatch_id", readonly=True)
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="Store", readonly=True, index=True, check_company=True
    )
    dealer_id = fields.Many2one("res.partner", readonly=True, index=True)
    state = fields.Selection(
        STATES,
        default="draft",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        group_expand="_group_expand_state",
    )
    rule_id = fields.Many2one("o2o.routing.rule", readonly=True, ondelete="restrict")
    mode = fields.Selection(
        MODES,
        string="Offered How",
        default="assign",
        readonly=True,
        help="First to accept: several stores are asked at once, and no stock is "
        "reserved until one of them takes it.",
    )
    offer_ids = fields.One2many(
        "o2o.dispatch.offer", "dispatch_id", readonly=True, groups=CHANNEL_STAFF
    )
    deadline = fields.Datetime(
        readonly=True, help="The last moment at which the store may accept."
    )
    offered_at = fields.Datetime(readonly=True)
    accepted_at = fields.Datetime(readonly=True)
    shipped_at = fields.Datetime(readonly=True)
    delivered_at = fields.Datetime(readonly=True, index="btree_not_null")
    tracking_ref = fields.Char(string="Tracking Number", readonly=True)
    reject_reason_id = fields.Many2one("o2o.reject.reason", readonly=True)
    reject_note = fields.Char(readonly=True)
    candidate_ids = fields.One2many(
        "o2o.dispatch.candidate", "dispatch_id", readonly=True, groups=CHANNEL_STAFF
    )
    event_ids = fields.One2many(
        "o2o.dispatch.event", "dispatch_id", readonly=True, groups=CHANNEL_STAFF
    )
    picking_ids = fields.One2many("stock.picking", "o2o_dispatch_id", readonly=True)
    move_ids = fields.One2many("stock.move", "o2o_dispatch_id", readonly=True)
    picking_count = fields.Integer(compute="_compute_picking_count")
    previous_id = fields.Many2one(
        "o2o.dispatch", string="Replaces", readonly=True, index="btree_not_null"
    )
    declined_warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="Turned Down By",
        readonly=True,
        help="Stores that rejected this, let it expire or handed it back; they are not "
        "asked again.",
    )

    _name_uniq = models.Constraint("UNIQUE(name)", "Another leg has this number.")
    _deadline_idx = models.Index("(deadline) WHERE state = 'offered'")

    @api.depends("picking_ids")
    def _compute_picking_count(self):
        for leg in self:
            leg.picking_count = len(leg.picking_ids)

    @api.model
    def _group_expand_state(self, states, domain):
        """The board shows where work waits even when nothing waits there."""
        shown = ("exception", "offered", "accepted", "picked", "ready", "shipped")
        return [key for key, _label in STATES if key in shown or key in states]

    @api.model_create_multi
    def create(self, vals_list):
        # the legs have their own log of events; the chatter is for people
        quiet = self.with_context(
            mail_create_nolog=True, mail_create_nosubscribe=True, tracking_disable=True
        )
        return super(O2oDispatch, quiet).create(vals_list).with_env(self.env)

    def write(self, vals):
        if not self.env.su and not self._only_chatter(vals):
            raise AccessError(
                self.env._("Legs are changed by their buttons, which keep the record.")
            )
        if "state" in vals:
            for leg in self:
                if vals["state"] not in TRANSITIONS[leg.state]:
                    raise UserError(leg._refusal_text())
        return super().write(vals)

    @api.model
    def _only_chatter(self, vals):
        return all(name.startswith(("message_", "activity_")) for name in vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._(
                "Legs are kept as a record. Cancel the leg instead of deleting it."
            )
        )

    # Locking and moving on

    def _for_action(self):
        """The legs, locked against everybody else until the transaction ends.

        Whoever comes second waits here; PostgreSQL then refuses its snapshot and the
        request is replayed, so it sees what the first one did.
        """
        self.check_access("write")
        self.env.cr.execute(
            SQL(
                "SELECT id FROM o2o_dispatch WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                self._ids or (0,),
            ),
            log_exceptions=False,
        )
        # sudo: the actions are the only way to change a leg, and they touch orders,
        # pickings and logs that their users may only read
        return self.sudo()

    def _move_to(self, state, note=None, **values):
        """Change the state along TRANSITIONS and log it, or say why that can't be."""
        self.ensure_one()
        before = self.state
        store = self.warehouse_id
        self.write({**values, "state": state})
        self._log_event(before, state, note, store or self.warehouse_id)
        if before != "draft" and state in (*ENDED_STATES, "exception"):
            self._after_end(state)

    def _log_event(self, before, after, note, store):
        self.env["o2o.dispatch.event"].create(
            {
                "dispatch_id": self.id,
                "state_from": before,
                "state_to": after,
                "note": note,
                "warehouse_id": store.id,
            }
        )

    def _refusal_text(self):
        """What happened to the leg, when, and by whom."""
        self.ensure_one()
        event = self.event_ids.sorted("id")[-1:]
        label = dict(self._fields["state"]._description_selection(self.env))[self.state]
        if not event:
            return self.env._(
                "%(leg)s is in state %(state)s; that is not possible now.",
                leg=self.name,
                state=label,
            )
        return self.env._(
            "%(leg)s: already %(state)s, %(when)s by %(who)s.",
            leg=self.name,
            state=label.lower(),
            when=self._local_time(event.date),
            who=event.user_id.name,
        )

    def _local_time(self, moment):
        # sudo: the portal shows the company's time and may not read the company
        zone = self.env.user.tz or self.sudo().company_id.partner_id.tz or "UTC"
        return format_datetime(self.env, moment, tz=zone, dt_format="yyyy-MM-dd HH:mm")

    # Views

    def action_view_pickings(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "stock.action_picking_tree_all"
        )
        action["domain"] = [("o2o_dispatch_id", "in", self.ids)]
        action["context"] = {}
        if len(self.picking_ids) == 1:
            action.update(res_id=self.picking_ids.id, views=[(False, "form")])
        return action

    def action_view_order(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": "sale.order",
            "res_id": self.order_id.id,
            "views": [(False, "form")],
        }

    def action_open(self):
        """The leg itself, with its candidates."""
        return self._get_form_action()

    @api.model
    def _get_dealer_domain(self, dealer):
        """The legs that a dealer may see, or a person in its stores; see the portal for
        how much of them.

        Its own, and those that it may grab. A leg that another one grabbed is gone."""
        open_offers = Domain("offer_ids", "any", self._get_open_offer_domain(dealer))
        people = self.env["res.partner"]
        own = people._o2o_clerk_domain(dealer, "warehouse_id")
        own &= Domain("state", "!=", "draft")
        return own | (Domain("state", "=", "offered") & open_offers)

    @api.model
    def _get_open_offer_domain(self, dealer):
        own = self.env["res.partner"]._o2o_clerk_domain(dealer, "warehouse_id")
        return own & Domain("state", "=", "open")
