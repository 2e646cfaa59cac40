from odoo import models

from ...engine.replay import Trial
from .o2o_dispatch import DEFAULT_ACCEPT_MINUTES, DEFAULT_GRAB_MINUTES


class O2oRoutingSimulation(models.Model):
    """Which rule routes an order: as rules are now, and with one on trial."""

    _inherit = "o2o.routing.simulation"

    def _get_trials(self):
        return _Trials(self)

    def _get_present_rules(self):
        """The rules in force."""
        return self.env["o2o.routing.rule"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "active")]
        )

    def _get_rules_with(self, rule):
        """The rules in force with one on trial, in place of other versions of it."""
        rules = self._get_present_rules()
        return (rules - rule._versions()) | rule


class _Trials:
    """Finds the engine's rules for orders; each kind of order is looked up once."""

    def __init__(self, simulation):
        self.simulation = simulation
        self.env = simulation.env
        self.records = simulation.rule_ids.with_context(active_test=False)
        self.today = simulation.company_id._o2o_today()
        self.present = simulation._get_present_rules()
        self.sets = {
            str(rule.id): simulation._get_rules_with(rule) for rule in self.records
        }
        self.known = {}
        rules = self.present | self.records
        self.cross_region = any(rule._engine_rule().cross_region for rule in rules)

    def of(self, decision, request):
        """{side: (Trial, whether the rule on trial routes it)} of an order."""
        key = (
            decision["channel"],
            decision["region"],
            request.lines[0].category,
            decision["flow"],
            decision["mode"],
        )
        if key not in self.known:
            self.known[key] = self._find(*key)
        return self.known[key]

    def _find(self, channel, region, categ, flow, mode):
        pattern = {
            "channel": self.env["o2o.channel"].browse(channel or []),
            "region": self.env["o2o.region"].browse(region or []),
            "categ": self.env["product.category"].browse(categ or []),
            "flow": flow,
            "date": self.today,
        }
        present = self.present._first_match(pattern)
        found = {"present": (self._trial(present, mode), False)}
        for side, rules in self.sets.items():
            rule = self.env["o2o.routing.rule"].browse(int(side))
            # a version that begins later is tried as if it had begun
            others = (rules - rule).filtered(lambda other: other._match(pattern))
            dated = pattern | {"date": rule.date_from or rule.date_to or self.today}
            tried = rule if rule._match(dated) else rule.browse()
            first = (others | tried).sorted(lambda one: (one.sequence, one.id))[:1]
            found[side] = (self._trial(first, mode), bool(tried) and first == tried)
        return found

    def _trial(self, rule, mode):
        """The rule as the engine knows it; an empty one is the default."""
        order = self.env["sale.order"].new({"o2o_delivery_mode": mode or "home"})
        minutes = rule.accept_minutes or DEFAULT_ACCEPT_MINUTES
        return Trial(
            rule=rule._engine_rule(),
            cascade=rule._cascade_rule(order),
            accept_minutes=float(minutes),
            grab_minutes=float(rule.grab_minutes or DEFAULT_GRAB_MINUTES),
            accepts_by_itself=rule.auto_accept == "always",
        )
