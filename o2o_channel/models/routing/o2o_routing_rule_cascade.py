from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.cascade import CascadeRule
from .o2o_dispatch import MODES


class O2oRoutingRule(models.Model):
    """How a rule's orders are offered, and what happens when nobody takes them."""

    _inherit = "o2o.routing.rule"

    mode = fields.Selection(
        MODES,
        string="Offered How",
        default="assign",
        required=True,
        help="Assigned: one store after the other. First to accept: several stores at "
        "once. Headquarters: every order waits in its queue. Customer: only the store "
        "that the customer has chosen.",
    )
    grab_candidates = fields.Integer(
        string="Stores at Once",
        default=3,
        help="How many stores may take it at the same time. 0: all that can serve it.",
    )
    grab_pool = fields.Boolean(
        string="Open to All at the End",
        default=True,
        help="After rejections and expiries every store that was not asked may take it: "
        "the rest of those that can serve it, and those that only lack trust or a stock "
        "feed.",
    )
    grab_minutes = fields.Integer(
        string="Minutes Open to All",
        default=60,
        help="How long the stores have to take it before headquarters decides.",
    )
    business_minutes = fields.Boolean(
        string="Only While Open",
        default=True,
        help="Minutes count while the store is open, by the opening hours on its form. "
        "A store without opening hours is always open.",
    )
    max_offers = fields.Integer(
        string="Offers at Most",
        help="After so many rejections and expiries no further store is asked by "
        "itself. 0: until no store is left.",
    )
    ask_first = fields.Boolean(
        string="Ask Stores Without Stock Feed",
        help="Stores without a believable stock are asked after the others. Nothing is "
        "reserved; who accepts says that it has the goods.",
    )
    auto_accept = fields.Selection(
        [
            ("store", "As the Store Wishes"),
            ("always", "Always"),
            ("never", "Never"),
        ],
        string="Accept Automatically",
        default="store",
        required=True,
    )
    fallback_warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Headquarters' Warehouse",
        check_company=True,
        ondelete="restrict",
        domain="[('dealer_id', '=', False), ('company_id', '=', company_id)]",
        help="Ships what no store takes, from headquarters' own stock. Empty: it waits "
        "in the exception queue.",
    )
    hand_over = fields.Selection(
        [
            ("queue", "Wait for Headquarters"),
            ("route", "Go to the Next Store"),
        ],
        string="Orders Handed to HQ",
        default="queue",
        required=True,
        help="What happens to an order that the dealer who took it hands over.",
    )

    _grab_candidates_positive = models.Constraint(
        "CHECK(grab_candidates >= 0)",
        "The number of stores at once can't be negative. 0 means all.",
    )
    _grab_minutes_positive = models.Constraint(
        "CHECK(grab_minutes > 0)", "Stores need at least one minute to take an order."
    )
    _max_offers_positive = models.Constraint(
        "CHECK(max_offers >= 0)",
        "The number of offers can't be negative. 0 means no limit.",
    )

    @api.constrains("fallback_warehouse_id")
    def _check_fallback_warehouse(self):
        for rule in self.filtered("fallback_warehouse_id"):
            if rule.fallback_warehouse_id.dealer_id:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s: %(store)s belongs to dealer %(dealer)s. Choose a "
                        "warehouse of headquarters.",
                        rule=rule.name,
                        store=rule.fallback_warehouse_id.name,
                        dealer=rule.fallback_warehouse_id.dealer_id.display_name,
                    )
                )

    def _cascade_rule(self, order):
        """What the engine needs to know; an empty rule asks one store after the other.

        Whoever collects in a store has chosen it: nobody else gets that order without
        headquarters."""
        if order.o2o_delivery_mode == "pickup" and self.mode != "manual":
            return CascadeRule(mode="choice", ask_first=self.ask_first)
        if not self:
            return CascadeRule()
        return CascadeRule(
            mode=self.mode,
            max_offers=self.max_offers,
            grab_pool=self.grab_pool,
            grab_candidates=self.grab_candidates,
            ask_first=self.ask_first,
            has_fallback=bool(self.fallback_warehouse_id),
        )

    def _accepts_by_itself(self, store):
        if self.auto_accept in ("always", "never"):
            return self.auto_accept == "always"
        return store.o2o_auto_accept
