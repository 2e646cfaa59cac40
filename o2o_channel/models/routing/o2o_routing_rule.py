from decimal import Decimal

from odoo import fields, models

from ...engine import routing as engine


class O2oRoutingRule(models.Model):
    """How orders of a kind are offered to stores; the first that matches is used."""

    _name = "o2o.routing.rule"
    _description = "Routing Rule"
    _inherit = ["o2o.match.mixin"]
    _check_company_auto = True

    name = fields.Char(required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    accept_minutes = fields.Integer(
        string="Minutes to Accept",
        default=30,
        help="How long a store has to answer before the next one is asked.",
    )
    max_distance_km = fields.Float(
        string="Farthest Store (km)",
        digits=(8, 1),
        help="Stores farther away, or without coordinates, are not asked. 0: no limit.",
    )
    divide = fields.Boolean(
        string="Divide Orders",
        default=True,
        help="Several stores may serve one order when none can serve all of it.",
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

    def _engine_rule(self):
        """The rule as the engine knows it; an empty one routes without limits."""
        limit = Decimal(str(self.max_distance_km)) if self.max_distance_km else None
        return engine.Rule(max_distance_km=limit, divide=self.divide if self else True)
