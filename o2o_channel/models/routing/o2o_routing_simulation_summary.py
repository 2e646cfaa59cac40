from markupsafe import Markup

from odoo import models
from odoo.tools import SQL

from ...engine.replay_measure import FEWEST, MEASURES, compare, measured, shares
from .o2o_routing_simulation_result import PERCENT


class O2oRoutingSimulation(models.Model):
    """The figures of a simulation, and what they say in words."""

    _inherit = "o2o.routing.simulation"

    def _summarise(self):
        dealers = self._get_dealers()
        for rule in self.rule_ids:
            history, present, trial = self._read_facts(rule)
            past = measured(history)
            found = compare(present, trial, self.seed)
            self.env["o2o.routing.simulation.measure"].create(
                [self._prepare_measure(rule, past, one) for one in found]
            )
            counts = [shares(side, dealers) for side in (history, present, trial)]
            self.env["o2o.routing.simulation.share"].create(
                list(self._prepare_shares(rule, counts))
            )

    def _read_facts(self, rule):
        """Facts of history, present rules and trial, in the order of time."""
        rows = self.env.execute_query(
            SQL(
                """SELECT facts -> 'history', facts -> 'present', facts -> 'trial'
                     FROM o2o_routing_simulation_order
                    WHERE simulation_id = %s AND rule_id = %s ORDER BY id""",
                self.id,
                rule.id,
            )
        )
        return [list(side) for side in zip(*rows, strict=True)]

    def _get_dealers(self):
        stores = self.env["stock.warehouse"].with_context(active_test=False)
        domain = [("company_id", "=", self.company_id.id), ("dealer_id", "!=", False)]
        return {store.id: store.dealer_id.id for store in stores.search(domain)}

    def _prepare_measure(self, rule, past, found):
        factor = 100 if found.measure in PERCENT else 1
        values = {
            "history": past[found.measure],
            "present": found.old,
            "trial": found.new,
            "difference": found.difference,
            "low": found.low,
            "high": found.high,
        }
        return {
            "simulation_id": self.id,
            "rule_id": rule.id,
            "sequence": MEASURES.index(found.measure),
            "measure": found.measure,
            "verdict": found.verdict,
            **{name: (value or 0.0) * factor for name, value in values.items()},
        }

    def _prepare_shares(self, rule, counts):
        """One row per dealer that serves anything under any of the three."""
        dealers = dict.fromkeys(dealer for side in counts for dealer in side if dealer)
        totals = [sum(side.values()) or 1 for side in counts]
        for dealer in dealers:
            legs = [side.get(dealer, 0) for side in counts]
            history, present, trial = (
                100.0 * count / total for count, total in zip(legs, totals, strict=True)
            )
            yield {
                "simulation_id": self.id,
                "rule_id": rule.id,
                "dealer_id": dealer,
                "history_count": legs[0],
                "present_count": legs[1],
                "trial_count": legs[2],
                "history": history,
                "present": present,
                "trial": trial,
            }

    # In words

    def _get_summary(self):
        """A sentence or two per rule on trial."""
        self.ensure_one()
        paragraphs = [
            Markup("<p><b>%s</b>: %s</p>") % (rule.display_name, self._get_words(rule))
            for rule in self.rule_ids
        ]
        return Markup().join(paragraphs)

    def _get_words(self, rule):
        rows = self.measure_ids.filtered(lambda row: row.rule_id == rule)
        labels = dict(rows._fields["measure"]._description_selection(self.env))
        clear = rows.filtered(lambda row: row.verdict in ("lower", "higher"))
        said = [
            self.env._(
                "%(measure)s %(difference)s (%(interval)s)",
                measure=labels[row.measure],
                difference=f"{row.difference:+.2f}",
                interval=row.interval,
            )
            for row in clear
        ]
        if self.replayed_count < FEWEST:
            return self.env._(
                "these are too few orders to tell a difference from chance; choose at "
                "least some hundred."
            )
        if not said:
            return self.env._("no difference beyond chance in any measure.")
        return self.env._(
            "%(differences)s. In all else no difference beyond chance.",
            differences="; ".join(said),
        )
