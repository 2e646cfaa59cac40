from odoo import api, fields, models
from odoo.exceptions import UserError

from .o2o_dispatch import STATES


class O2oDispatchEvent(models.Model):
    """What happened to a leg. Written once, never changed."""

    _name = "o2o.dispatch.event"
    _description = "Dispatch Event"
    _order = "id"

    dispatch_id = fields.Many2one(
        "o2o.dispatch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="dispatch_id.company_id", store=True, precompute=True
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    user_id = fields.Many2one(
        "res.users",
        string="By",
        required=True,
        readonly=True,
        default=lambda self: self.env.user,
    )
    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    state_from = fields.Selection(STATES, string="From", readonly=True)
    state_to = fields.Selection(STATES, string="To", readonly=True)
    note = fields.Char(readonly=True)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(
            self.env._("Events of a leg are a record and can't be deleted.")
        )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._("Events of a leg are a record and can't be changed.")
            )
        return super().write(vals)
