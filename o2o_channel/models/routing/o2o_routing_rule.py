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

    # How stores are asked; see `o2o_routing_rule_cascade.py`
    accept_minutes = fields.Integer(
        string="Minutes to Accept",
        default=30,
        help="How long a store has to answer before the next one is asked.",
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
    _max_legs_positive = models.Constraint(
        "CHECK(max_legs >= 0)",
        "The number of stores per order can't be negative. 0 means no limit.",
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
