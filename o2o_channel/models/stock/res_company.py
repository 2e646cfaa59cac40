from datetime import datetime, time, timezone

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_trust_prior_weight = fields.Float(
        string="Weight of the Starting Trust",
        digits=(8, 2),
        default=10.0,
        help="How many imagined offers a store begins with, at the rate its kind of "
        "stock feed usually keeps. The more, the slower its own offers change its "
        "trust. 0: the store's own offers alone.",
    )
    o2o_trust_half_life = fields.Float(
        string="Half-Life of an Event (Days)",
        digits=(8, 1),
        default=30.0,
        help="After so many days an offer or a count weighs half in the trust. "
        "0: it never fades.",
    )
    o2o_bonus_threshold = fields.Float(
        string="Trust for the Bonus",
        digits=(5, 4),
        default=0.95,
        help="A store whose trust was this high on average over a month gets the "
        "routing bonus in the month after it.",
    )
    o2o_bonus_size = fields.Float(
        string="Routing Bonus",
        digits=(5, 4),
        default=0.05,
        help="Added to the store's score when orders are offered. 0: no bonus.",
    )

    _o2o_trust_settings = models.Constraint(
        "CHECK(o2o_trust_prior_weight >= 0 AND o2o_trust_half_life >= 0 AND "
        "o2o_bonus_threshold BETWEEN 0 AND 1 AND o2o_bonus_size BETWEEN 0 AND 1)",
        "The weight of the starting trust and the half-life can't be negative; the "
        "trust for the bonus and the bonus itself lie between 0 and 1.",
    )

    def _o2o_midnight(self, day):
        """The first moment of the company's calendar day, naive in UTC."""
        start = datetime.combine(day, time.min, tzinfo=self._o2o_timezone())
        return start.astimezone(timezone.utc).replace(tzinfo=None)
