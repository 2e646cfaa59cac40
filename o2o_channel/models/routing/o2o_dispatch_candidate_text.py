from odoo import api, fields, models

from .o2o_dispatch_candidate import TEXTS

# The parts of a score in the order in which they are drawn.
PARTS = ("distance", "trust", "load", "rating", "bonus")


class O2oDispatchCandidate(models.Model):
    """The engine's reasons in the reader's language."""

    _inherit = "o2o.dispatch.candidate"

    is_chosen = fields.Boolean(
        string="Asked",
        compute="_compute_is_chosen",
        help="This store serves the leg, or was asked to.",
    )

    @api.depends("dispatch_id.warehouse_id", "warehouse_id")
    def _compute_is_chosen(self):
        for candidate in self:
            store = candidate.dispatch_id.warehouse_id
            candidate.is_chosen = bool(store) and store == candidate.warehouse_id

    @api.model
    def _get_reason_text(self, candidate):
        """Why an engine's candidate is in or out, with its figures."""
        text = TEXTS.get(candidate.reason)
        if not text:
            return candidate.text
        parts = dict(candidate.parts)
        states = self.env["res.partner"]._fields["dealer_state"]
        labels = dict(states._description_selection(self.env))
        parts["state"] = labels.get(parts.get("state"), "").lower()
        # pylint: disable=translation-not-lazy
        return self.env._(text) % parts

    @api.model
    def _get_reason_label(self, code):
        labels = self._fields["reason_code"]._description_selection(self.env)
        return dict(labels).get(code, code)

    def _get_score_parts(self):
        """[[part, what it adds to the score], ...] in the order of drawing."""
        self.ensure_one()
        columns = {part: f"{part}_score" for part in PARTS} | {"bonus": "bonus"}
        return [[part, self[columns[part]]] for part in PARTS]

    @api.model
    def _get_part_labels(self):
        """{part of the score: its name} in the order of drawing."""
        _ = self.env._
        return {
            "distance": _("Nearness"),
            "trust": _("Trust"),
            "load": _("Free load"),
            "rating": _("Rating"),
            "bonus": _("Bonus"),
        }
