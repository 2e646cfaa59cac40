from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oRoutingWhy(models.TransientModel):
    """Answers why a store was not asked, for any store of the company."""

    _name = "o2o.routing.why"
    _description = "Why Not This Store?"

    decision_id = fields.Many2one(
        "o2o.routing.decision",
        string="Routing Decision",
        required=True,
        readonly=True,
    )
    company_id = fields.Many2one(related="decision_id.company_id")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        domain="[('company_id', '=', company_id)]",
        context={"active_test": False},
    )
    answer = fields.Html(compute="_compute_answer", sanitize=False)

    @api.depends("warehouse_id", "decision_id")
    def _compute_answer(self):
        for wizard in self:
            store, decision = wizard.warehouse_id, wizard.decision_id
            wizard.answer = decision._get_answer(store) if store and decision else False

    @api.model
    def _open(self, decision, store=None):
        """The dialog for a decision, with a store when the question names one."""
        if not decision:
            raise UserError(
                self.env._(
                    "There is no decision on record: it was offered before decisions "
                    "were kept, or not offered at all. Route the order to get one."
                )
            )
        return {
            "name": self.env._("Why Not This Store?"),
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "views": [(False, "form")],
            "target": "new",
            "context": {
                "default_decision_id": decision.id,
                "default_warehouse_id": store.id if store else False,
            },
        }
