from odoo import fields, models


class O2oAuthorizationDecide(models.TransientModel):
    """Refuse, suspend or revoke authorisations with a reason the dealer reads."""

    _name = "o2o.authorization.decide"
    _description = "Decide on Online Authorisations"

    authorization_ids = fields.Many2many(
        "o2o.online.authorization", string="Authorisations", required=True
    )
    decision = fields.Selection(
        [("refuse", "Refuse"), ("suspend", "Suspend"), ("revoke", "Revoke")],
        required=True,
        default="refuse",
    )
    reason = fields.Text(
        required=True, help="The dealer reads this on the portal and by mail."
    )

    def action_apply(self):
        self.ensure_one()
        getattr(self.authorization_ids, f"_{self.decision}")(self.reason)
        return {"type": "ir.actions.act_window_close"}
