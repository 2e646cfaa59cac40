from odoo import api, fields, models

ROUTE_STATES = [
    ("none", "Not Routed Here"),
    ("unplaced", "Address Not Placed"),
    ("held", "Held"),
    ("to_route", "To Route"),
    ("routed", "Routed"),
    ("exception", "Nobody Can Serve It"),
]


class SaleOrder(models.Model):
    """Where an order came from, where it goes, and how far its routing is."""

    _inherit = "sale.order"

    o2o_channel_id = fields.Many2one(
        "o2o.channel",
        index="btree_not_null",
        check_company=True,
        tracking=True,
        help="The door through which the order came in. An order with a channel is "
        "routed to a dealer when it is confirmed.",
    )
    o2o_external_ref = fields.Char(
        string="Reference in the Channel",
        copy=False,
        index="btree_not_null",
        help="The order's number in the shop, unique per channel.",
    )
    o2o_payload_digest = fields.Char(
        copy=False,
        groups="base.group_system",
        help="Fingerprint of what was sent, to tell a repeat from a change.",
    )
    o2o_ordered_at = fields.Datetime(
        string="Ordered at",
        copy=False,
        help="When the consumer ordered. Empty: the order's date.",
    )
    o2o_origin_dealer_id = fields.Many2one(
        "res.partner",
        string="Originating Dealer",
        compute="_compute_o2o_origin_dealer_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        domain="[('is_dealer', '=', True), ('dealer_state', 'in', ('active', "
        "'suspended'))]",
        groups="base.group_user",
        tracking=True,
        help="The dealer who brought the order in. It may differ from who delivers it.",
    )
    o2o_consumer_phone = fields.Char(
        string="Consumer Phone",
        compute="_compute_o2o_consumer_phone",
        store=True,
        readonly=False,
        precompute=True,
        groups="base.group_user",
        help="Where the dealer reaches the consumer about this delivery.",
    )
    o2o_delivery_mode = fields.Selection(
        [("home", "Home Delivery"), ("pickup", "Pickup in a Store")],
        string="Delivery Mode",
        default="home",
        required=True,
    )
    o2o_pickup_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Pickup Store",
        check_company=True,
        index="btree_not_null",
        domain="[('dealer_id', '!=', False), ('company_id', '=', company_id)]",
        help="The store in which the consumer collects the goods.",
    )
    o2o_region_id = fields.Many2one(
        "o2o.region",
        string="Service Region",
        groups="base.group_user",
        compute="_compute_o2o_region_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        copy=False,
        tracking=True,
        help="Follows from the delivery address: its region code, else the names of "
        "province, city and district, else the nearest known region above.",
    )
    o2o_placing = fields.Json(
        compute="_compute_o2o_region_id",
        store=True,
        precompute=True,
        copy=False,
        groups="base.group_user",
    )
    o2o_placing_note = fields.Char(
        string="Placing",
        compute="_compute_o2o_placing_note",
        groups="base.group_user",
        help="How the region was found, or why the address can't be placed.",
    )
    o2o_route_state = fields.Selection(
        ROUTE_STATES,
        string="Routing",
        groups="base.group_user",
        default="none",
        required=True,
        readonly=True,
        index=True,
        copy=False,
        tracking=True,
    )
    o2o_hold_reason = fields.Selection(
        [("authorization", "Online authorisation missing or ended")],
        string="Held Because",
        readonly=True,
        copy=False,
        groups="base.group_user",
    )
    o2o_hold_released = fields.Boolean(
        string="Hold Released",
        readonly=True,
        copy=False,
        tracking=True,
        groups="base.group_user",
        help="A channel manager let the order go on in spite of the reason.",
    )

    _o2o_external_ref_uniq = models.UniqueIndex(
        "(o2o_channel_id, o2o_external_ref) "
        "WHERE o2o_channel_id IS NOT NULL AND o2o_external_ref != ''",
        "An order with this reference in the channel exists.",
    )

    @api.depends("o2o_channel_id")
    def _compute_o2o_origin_dealer_id(self):
        for order in self:
            owner = order.o2o_channel_id.owner_dealer_id
            order.o2o_origin_dealer_id = owner or order.o2o_origin_dealer_id

    @api.depends("o2o_channel_id", "partner_shipping_id")
    def _compute_o2o_consumer_phone(self):
        for order in self:
            if order.o2o_channel_id and order.state in ("draft", "sent"):
                contact = order.partner_shipping_id
                order.o2o_consumer_phone = contact.phone or order.partner_id.phone

    @api.depends(
        "o2o_channel_id",
        "o2o_delivery_mode",
        "o2o_pickup_warehouse_id.o2o_region_id",
        "partner_shipping_id.o2o_region_code",
        "partner_shipping_id.o2o_district",
        "partner_shipping_id.state_id",
        "partner_shipping_id.city",
        "partner_shipping_id.street",
        "partner_shipping_id.street2",
    )
    def _compute_o2o_region_id(self):
        """Derive the region live, until the order is sold and placed."""
        orders = self.filtered(
            lambda order: (
                order.state in ("draft", "sent") or order.o2o_route_state == "unplaced"
            )
        )
        placeable = orders.filtered(
            lambda o: o.o2o_channel_id and o.partner_shipping_id
        )
        (orders - placeable).update({"o2o_region_id": False, "o2o_placing": False})
        placements = self.env["o2o.region"]._place(
            [order.partner_shipping_id._o2o_address() for order in placeable]
        )
        for order, placement in zip(placeable, placements, strict=True):
            order.o2o_region_id = placement.region
            order.o2o_placing = {
                "region": placement.region,
                "reason": placement.reason,
                "parts": dict(placement.parts),
            }
        for order in orders.filtered(lambda o: o.o2o_delivery_mode == "pickup"):
            region = order.o2o_pickup_warehouse_id.o2o_region_id
            if region:
                order.o2o_region_id = region
                order.o2o_placing = {
                    "region": region.id,
                    "reason": "store",
                    "parts": {},
                }

    @api.depends("o2o_placing", "o2o_region_id")
    def _compute_o2o_placing_note(self):
        for order in self:
            placing = order.o2o_placing or {}
            if order.o2o_region_id.id != (placing.get("region") or False):
                order.o2o_placing_note = self.env._("Chosen by hand")
            else:
                order.o2o_placing_note = order._o2o_placing_text(placing)

    def _o2o_placing_text(self, placing):
        """``placing`` (reason and its parts) in the reader's language."""
        texts = {
            "code": self.env._("By its region code %(code)s"),
            "code_above": self.env._(
                "Region code %(code)s is not known; %(region)s is the nearest above it"
            ),
            "names": self.env._("By the names in the address"),
            "names_above": self.env._(
                '"%(name)s" is not known; %(region)s is the nearest known region'
            ),
            "conflict": self.env._(
                "Region code %(code)s is that of %(region)s, but the address names "
                "%(named)s"
            ),
            "names_conflict": self.env._('"%(name)s" does not lie in %(region)s'),
            "ambiguous": self.env._('"%(name)s" may be more than %(regions)s'),
            "unknown": self.env._("No known region code or name: %(address)s"),
            "store": self.env._("The region of the pickup store"),
            "empty": self.env._("The address names neither region code nor region"),
        }
        text = texts.get(placing.get("reason"))
        return text % placing.get("parts", {}) if text else False

    def _compute_pricelist_id(self):
        """Override of sale: a channel's price list goes before the customer's."""
        super()._compute_pricelist_id()
        for order in self._o2o_following_channel():
            pricelist = order.o2o_channel_id.pricelist_id
            order.pricelist_id = pricelist or order.pricelist_id

    @api.depends("o2o_channel_id")
    def _compute_journal_id(self):
        """Override of sale: a channel's orders are invoiced in its journal."""
        super()._compute_journal_id()
        for order in self.filtered("o2o_channel_id.journal_id"):
            order.journal_id = order.o2o_channel_id.journal_id

    @api.depends("o2o_channel_id")
    def _compute_team_id(self):
        """Override of sale: a channel's orders belong to its sales team."""
        super()._compute_team_id()
        for order in self.filtered("o2o_channel_id.team_id"):
            order.team_id = order.o2o_channel_id.team_id

    def _compute_warehouse_id(self):
        """Override of sale_stock: a channel's order keeps the warehouse it has.

        Its goods leave from the stores of its legs; a new salesperson must not move
        the order to another warehouse.
        """
        settled = self.filtered(lambda o: o.o2o_channel_id and o.warehouse_id)
        others = self - settled
        super(SaleOrder, others)._compute_warehouse_id()
        for order in others.filtered("o2o_channel_id"):
            if order.warehouse_id.dealer_id:
                # a dealer's store may be the company's first warehouse
                order.warehouse_id = self.env["stock.warehouse"].search(
                    [
                        ("company_id", "=", order.company_id.id),
                        ("dealer_id", "=", False),
                    ],
                    limit=1,
                )

    def _get_update_prices_lines(self):
        """Override of sale: prices agreed with the consumer are not recomputed."""
        lines = super()._get_update_prices_lines()
        return lines.filtered(lambda line: not line._o2o_price_is_given())

    def _o2o_following_channel(self):
        return self.filtered(
            lambda o: o.o2o_channel_id.pricelist_id and o.state == "draft"
        )
