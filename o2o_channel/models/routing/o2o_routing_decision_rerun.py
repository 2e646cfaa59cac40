import zlib

from odoo import models
from odoo.modules import get_manifest

from ...engine import record
from ...engine.differ import differences

SHOWN = 5  # differences named in a notification


class O2oRoutingDecision(models.Model):
    """Takes a decision again and compares it with what is on record."""

    _inherit = "o2o.routing.decision"

    def action_rerun(self):
        """Say whether the same inputs still give the same answer, byte for byte."""
        self.ensure_one()
        alarms = self._get_alarms()
        _ = self.env._
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "danger" if alarms else "success",
                "title": _("Not the Same") if alarms else _("Run Again"),
                "message": "\n".join(alarms)
                or _("Same store, same figures, byte for byte."),
                "sticky": bool(alarms),
            },
        }

    def _get_alarms(self):
        """What is wrong with the record, in words; nothing when all is as it was."""
        self.ensure_one()
        alarms = self._check_digests()
        if alarms:
            return alarms
        try:
            again = record.rerun(self._get_inputs())
        except ValueError as error:
            return [self._unreadable_text(error)]
        if record.digest(again) != self.result_digest:
            return self._difference_texts(self._load_result(), record.load(again))
        return self._check_candidates()

    def _check_digests(self):
        """Whether what is kept was changed after the fact."""
        _ = self.env._
        labels = {
            "inputs": _("The inputs on record are not those of the decision."),
            "result": _("The answer on record is not the one that was given."),
        }
        alarms = []
        for name, label in labels.items():
            try:
                data = self._get_inputs() if name == "inputs" else self._get_result()
                found = record.digest(data)
            except (zlib.error, ValueError, TypeError):
                found = _("unreadable")
            expected = self[f"{name}_digest"]
            if found != expected:
                alarms.append(
                    _(
                        "%(problem)s Digest now %(found)s, then %(expected)s.",
                        problem=label,
                        found=found[:16],
                        expected=expected[:16],
                    )
                )
        return alarms

    def _unreadable_text(self, error):
        return self.env._(
            "The inputs were written by version %(version)s and can't be read any more: "
            "%(error)s",
            version=self.engine_version,
            error=error,
        )

    def _difference_texts(self, before, after):
        _ = self.env._
        if self.engine_version == get_manifest("o2o_channel")["version"]:
            texts = [_("The answer on record does not follow from its inputs.")]
        else:
            texts = [
                _(
                    "The program has changed since (%(then)s): it would decide otherwise.",
                    then=self.engine_version,
                )
            ]
        found = differences(before, after)
        # the sum says it shorter
        found = [d for d in found if d.field != "score_parts"] or found
        texts += [self._difference_text(difference) for difference in found[:SHOWN]]
        if len(found) > SHOWN:
            texts.append(_("… and %(count)s more", count=len(found) - SHOWN))
        return texts

    def _difference_text(self, difference):
        _ = self.env._
        nobody = _("nobody")
        if difference.node is None:
            return _(
                "Asked then: %(before)s. Asked now: %(after)s.",
                before=difference.before or nobody,
                after=difference.after or nobody,
            )
        return _(
            "%(store)s: %(field)s was %(before)s, now %(after)s",
            store=difference.code,
            field=difference.field,
            before=difference.before,
            after=difference.after,
        )

    def _check_candidates(self):
        """Whether the legs still show the candidates that the decision had."""
        decision = self._load_result()
        parts = [part for part in (*decision.legs, decision.unserved) if part]
        legs = self._get_first_legs()
        if len(legs) != len(parts):
            # offered in one piece, by the verdicts on all of it
            parts = [decision] * len(legs)
        alarms = []
        for leg, part in zip(legs, parts, strict=True):
            verdicts = {candidate.node: candidate for candidate in part.candidates}
            for row in leg.candidate_ids:
                candidate = verdicts.get(row.warehouse_id.id)
                if candidate is None or not row._says(candidate):
                    alarms.append(self._candidate_text(leg, row.warehouse_id))
        return alarms[:SHOWN]

    def _candidate_text(self, leg, store):
        return self.env._(
            "%(leg)s shows other figures for store %(store)s than the decision had.",
            leg=leg.name,
            store=store.display_name,
        )

    def _get_first_legs(self):
        """The legs as the decision made them, without those moved by hand since."""
        legs = self.leg_ids.sorted("id")
        return legs.filtered(lambda leg: leg.previous_id not in legs)
