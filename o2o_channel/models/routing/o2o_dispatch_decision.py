from odoo import fields, models


class O2oDispatch(models.Model):
    """A leg knows the decision that it was made of."""

    _inherit = "o2o.dispatch"

    decision_id = fields.Many2one(
        "o2o.routing.decision",
        string="Routing Decision",
        readonly=True,
        index="btree_not_null",
        copy=False,
    )

    def action_why(self):
        return self.env["o2o.routing.why"]._open(self.decision_id)

    def _create_next(self, warehouse):
        """Override: moved by hand, the leg is still what the decision was about."""
        following = super()._create_next(warehouse)
        following.decision_id = self.decision_id
        return following
