from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import float_compare

from ...engine import routing as engine

WEIGHTS = ("weight_distance", "weight_trust", "weight_load", "weight_rating")


class O2oRoutingRule(models.Model):
    """How orders of a kind are offered to stores; the first that matches is used.

    A version that has been used can't be edited: see `o2o_routing_rule_version.py`.
    """

    _name = "o2o.routing.rule"
    _description = "Routing Rule"
    _inherit = ["o2o.match.mixin"]
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    note = fields.Text(string="Why", help="What this rule is for, in your own words.")

    # Who is asked
    max_distance_km = fields.Float(
        string="Farthest Store (km)",
        digits=(8, 1),
        help="Stores farther away, or without coordinates, are not asked. 0: no limit.",
    )
    min_trust = fields.Float(
        string="Least Trust",
        digits=(3, 2),
        default=0.6,
        help="Stores whose stock is trusted less are not asked automatically.",
    )
    cross_region = fields.Boolean(
        string="Ask Other Regions",
        help="When no dealer of the region can serve an order, the dealers of other "
        "regions are asked. Off: headquarters decides.",
    )
    need_services = fields.Boolean(
        string="Dealer Offers the Services",
        help="When services are sold with the goods, only dealers with an area of "
        "service for them there are asked.",
    )
    check_guarantee = fields.Boolean(
        string="Respect Guaranteed Margin",
        default=True,
        help="A dealer is not offered an order on which it would earn less than its "
        "guaranteed margin.",
    )
    ask_first = fields.Boolean(
        string="Ask Stores Without Stock Feed",
        help="Stores that report no stock, or whose last feed is too old, are asked "
        "after those that promise it. Nothing is reserved until they accept.",
    )

    # Who goes first
    weight_distance = fields.Float(string="Distance", digits=(4, 3), default=0.4)
    weight_trust = fields.Float(string="Trust", digits=(4, 3), default=0.3)
    weight_load = fields.Float(string="Free Load", digits=(4, 3), default=0.2)
    weight_rating = fields.Float(string="Rating", digits=(4, 3), default=0.1)
    reach_km = fields.Float(
        string="Reach (km)",
        digits=(8, 1),
        default=50.0,
        help="The distance at which a store gets no more points for being near.",
    )
    unrated = fields.Float(
        string="Rating of the Unrated",
        digits=(3, 2),
        default=4.0,
        help="What a store without ratings counts with, from 0 to 5.",
    )

    # How it is divided
    divide = fields.Boolean(
        string="Divide Orders",
        default=True,
        help="One store that can serve all of it goes first. When none can, several "
        "stores may serve one order, as few as possible.",
    )
    max_legs = fields.Integer(
        string="Stores per Order",
        help="An order that needs more stores goes to headquarters. 0: no limit.",
    )
    allow_partial_pickup = fields.Boolean(
        string="Partial Pickup",
        help="The store that the customer chose may hand over what it has; the rest "
        "waits for headquarters. Off: all or nothing.",
    )

    # How stores are asked
    mode = fields.Selection(
        [
            ("assign", "One Store After the Other"),
            ("grab", "Several at Once, the First Takes It"),
            ("manual", "Headquarters Decides"),
            ("choice", "The Customer's Store"),
        ],
        required=True,
        default="assign",
    )
    accept_minutes = fields.Integer(
        string="Minutes to Accept",
        default=30,
        help="How long a store has to answer before the next one is asked.",
    )
    business_minutes = fields.Boolean(
        string="Opening Hours Only",
        default=True,
        help="The minutes count only while the store is open. Stores without a "
        "calendar are taken to be always open.",
    )
    auto_accept = fields.Selection(
        [("store", "As the Store Says"), ("always", "Always"), ("never", "Never")],
        string="Accept Automatically",
        required=True,
        default="store",
    )
    max_offers = fields.Integer(
        string="Offers",
        help="After so many rejections and expiries no further store is asked one by "
        "one. 0: all that can serve it are asked.",
    )
    grab_candidates = fields.Integer(
        string="Stores at Once", default=3, help="0: all that can serve it."
    )
    grab_pool = fields.Boolean(
        string="Open to All in the End",
        default=True,
        help="When those who were asked have turned it down, the stores that are left, "
        "also the less trusted, may take it: the first wins.",
    )
    grab_minutes = fields.Integer(string="Minutes to Take", default=60)
    fallback_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Headquarters' Warehouse",
        check_company=True,
        domain="[('dealer_id', '=', False), ('company_id', '=', company_id)]",
        help="Ships in the end when no dealer does. Empty: headquarters decides.",
    )
    user_id = fields.Many2one(
        "res.users",
        string="Resolves Exceptions",
        domain="[('share', '=', False)]",
        help="Gets an activity when no store can serve an order. Empty: whoever looks "
        "after the channel.",
    )

    _accept_minutes_positive = models.Constraint(
        "CHECK(accept_minutes > 0)", "A store needs at least one minute to accept."
    )
    _grab_minutes_positive = models.Constraint(
        "CHECK(grab_minutes > 0)", "Stores need at least one minute to take an order."
    )
    _max_distance_positive = models.Constraint(
        "CHECK(max_distance_km >= 0)",
        "The farthest store can't be at a negative distance. 0 means no limit.",
    )
    _reach_positive = models.Constraint(
        "CHECK(reach_km > 0)", "The reach must be above 0 km."
    )
    _min_trust_range = models.Constraint(
        "CHECK(min_trust >= 0 AND min_trust <= 1)", "Trust lies between 0 and 1."
    )
    _unrated_range = models.Constraint(
        "CHECK(unrated >= 0 AND unrated <= 5)", "A rating lies between 0 and 5."
    )
    _counts_positive = models.Constraint(
        "CHECK(max_legs >= 0 AND max_offers >= 0 AND grab_candidates >= 0)",
        "Numbers of stores and of offers can't be negative. 0 means no limit.",
    )

    @api.constrains(*WEIGHTS)
    def _check_weights(self):
        for rule in self:
            weights = [rule[name] for name in WEIGHTS]
            total = sum(weights)
            if min(weights) < 0 or float_compare(total, 1, precision_digits=3):
                raise ValidationError(
                    self.env._(
                        "The weights of %(rule)s (distance %(distance)s, trust %(trust)s, "
                        "free load %(load)s, rating %(rating)s) make %(total)s. Each must "
                        "be 0 or more, and together they must make 1.",
                        rule=rule.name,
                        distance=f"{weights[0]:g}",
                        trust=f"{weights[1]:g}",
                        load=f"{weights[2]:g}",
                        rating=f"{weights[3]:g}",
                        total=f"{total:g}",
                    )
                )

    @api.constrains("fallback_warehouse_id")
    def _check_fallback_warehouse(self):
        for rule in self.filtered("fallback_warehouse_id.dealer_id"):
            raise ValidationError(
                self.env._(
                    "%(store)s belongs to dealer %(dealer)s. Choose one of headquarters' "
                    "own warehouses as the last resort of %(rule)s.",
                    store=rule.fallback_warehouse_id.name,
                    dealer=rule.fallback_warehouse_id.dealer_id.display_name,
                    rule=rule.name,
                )
            )

    @api.constrains("mode", "fallback_warehouse_id")
    def _check_mode(self):
        for rule in self:
            if rule.mode == "manual" and rule.fallback_warehouse_id:
                raise ValidationError(
                    self.env._(
                        "Under %(rule)s headquarters decides every order, so its "
                        "warehouse %(store)s would never be used. Clear it, or choose "
                        "another mode.",
                        rule=rule.name,
                        store=rule.fallback_warehouse_id.name,
                    )
                )

    def _engine_rule(self):
        """The rule as the engine knows it; an empty one routes without limits."""
        if not self:
            return engine.Rule()
        return engine.Rule(
            max_distance_km=_decimal(self.max_distance_km) or None,
            reach_km=_decimal(self.reach_km),
            divide=self.divide,
            weights=engine.Weights(*(_decimal(self[name]) for name in WEIGHTS)),
            min_trust=_decimal(self.min_trust),
            unrated=_decimal(self.unrated),
            max_legs=self.max_legs,
            cross_region=self.cross_region,
            partial_pickup=self.allow_partial_pickup,
            need_services=self.need_services,
        )


def _decimal(value):
    return Decimal(repr(round(value, 6)))
