from collections import defaultdict
from decimal import Decimal

from odoo import fields, models

from ...engine.money import ZERO
from ...engine.split import SplitError

CHUNK = 500  # order lines per commit: about a second


class O2oSplitSimulation(models.Model):
    """The work in the background: what is due of each line, under the rule to try."""

    _inherit = "o2o.split.simulation"

    def _process(self):
        """Override of the background mixin: split chunk by chunk, then write the sums."""
        self.ensure_one()
        # sudo: results are written by the scheduled action alone; the language is
        # that of who asked
        job = self.sudo().with_company(self.company_id)
        job = job.with_context(lang=self.user_id.lang)
        while job.state == "running" and job.done_count < job.line_count:
            if not job.try_lock_for_update():
                return  # another worker is at it, or it is being cancelled
            job._split_chunk(job.queue[job.done_count : job.done_count + CHUNK])
            yield job.done_count
            job.invalidate_recordset()
        if job.state == "running":
            job._finish()
            yield job.done_count

    def _split_chunk(self, line_ids):
        """Add what these order lines have, and would have, to the sums."""
        lines = self.env["sale.order.line"].browse(line_ids).exists()
        facts = lines._o2o_split_facts()
        selectors = self._selectors_on_trial()
        sums = _Sums(self.memory)
        tried = failed = 0
        for line in lines:
            present = line._o2o_sums(line._o2o_posted_shares())
            trial = present
            if self._is_for(line, selectors):
                try:
                    trial = line._o2o_trial_shares(facts[line], self.rule_id)
                    tried += 1
                except SplitError as error:
                    failed += 1
                    self.failed_reason = self.failed_reason or self.rule_id._error_text(
                        error
                    )
            sums.add(present, trial)
        self.write(
            {
                "memory": sums.to_json(),
                "done_count": self.done_count + len(line_ids),
                "tried_count": self.tried_count + tried,
                "failed_count": self.failed_count + failed,
            }
        )

    def _selectors_on_trial(self):
        """Return ``[(rule, selector)]`` in the order of the rules, if this one were in force."""
        rules = self.env["o2o.split.rule"].search(
            [("company_id", "=", self.company_id.id), ("state", "=", "active")]
        )
        rules = rules - self.rule_id._versions() | self.rule_id
        rules = rules.sorted(lambda rule: (rule.sequence, rule.id))
        return [
            (rule, rule._get_selector(dated=rule != self.rule_id)) for rule in rules
        ]

    def _is_for(self, line, selectors):
        """Tell whether the rule to try would be the first that fits the line."""
        pattern = line._o2o_split_pattern()
        first = next((rule for rule, own in selectors if own.matches(pattern)), None)
        return first == self.rule_id

    def _finish(self):
        """Write one row for each party and role."""
        rows = _Sums(self.memory).rows()
        self.env["o2o.split.simulation.share"].create(
            [{"simulation_id": self.id, **row} for row in rows]
        )
        self.write(
            {
                "state": "done",
                "finished_at": fields.Datetime.now(),
                "queue": False,
                "memory": False,
            }
        )


class SaleOrderLine(models.Model):
    _inherit = "sale.order.line"

    def _o2o_sums(self, shares):
        """Return ``{(role, partner id): amount}`` of `_o2o_posted_shares`."""
        sums = defaultdict(lambda: ZERO)
        for (_line, role, partner, _moved), (amount, _base) in shares.items():
            sums[role, partner] += amount
        return dict(sums)

    def _o2o_trial_shares(self, facts, rule):
        """Return ``{(role, partner id): amount}`` that the line would have under ``rule``."""
        sums = defaultdict(lambda: ZERO)
        _net, targets = self._o2o_target_shares(facts, rule)
        for (_line, role, partner, _moved), part in targets.items():
            sums[role, partner] += part.amount
        return dict(sums)


class _Sums:
    """``{(role, partner id): [as posted, would be, lines that differ]}``, kept as JSON."""

    def __init__(self, memory):
        self.found = defaultdict(lambda: [ZERO, ZERO, 0])
        for key, (present, trial, count) in (memory or {}).items():
            role, partner = key.split("/")
            self.found[role, int(partner)] = [Decimal(present), Decimal(trial), count]

    def add(self, present, trial):
        """Add the shares of one order line."""
        for key in {*present, *trial}:
            before, after = present.get(key, ZERO), trial.get(key, ZERO)
            own = self.found[key]
            own[0] += before
            own[1] += after
            own[2] += before != after

    def to_json(self):
        """Return the sums exactly, as text."""
        return {
            f"{role}/{partner}": [str(present), str(trial), count]
            for (role, partner), (present, trial, count) in self.found.items()
        }

    def rows(self):
        """Return the values of the result's rows, without parties that never have anything."""
        return [
            {
                "role": role,
                "partner_id": partner,
                "present": float(present),
                "trial": float(trial),
                "difference": float(trial - present),
                "line_count": count,
            }
            for (role, partner), (present, trial, count) in sorted(self.found.items())
            if present or trial or count
        ]
