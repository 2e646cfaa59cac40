from odoo import api, fields, models
from odoo.exceptions import UserError

OFFER_STATES = [
    ("open", "Open"),
    ("accepted", "Accepted"),
    ("rejected", "Rejected"),
    ("lost", "Taken by Another"),
    ("expired", "Expired"),
    ("withdrawn", "Withdrawn"),
]


class O2oDispatchOffer(models.Model):
    """One store's chance at a leg that several stores are asked for at once.

    The leg has no store until one of them accepts; the others lose. Who comes first
    is decided by the lock on the leg's row."""

    _name = "o2o.dispatch.offer"
    _description = "Dispatch Offer"
    _order = "dispatch_id, id"
    _rec_name = "warehouse_id"

    dispatch_id = fields.Many2one(
        "o2o.dispatch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(
        related="dispatch_id.company_id", store=True, precompute=True
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse", string="Store", required=True, readonly=True, index=True
    )
    dealer_id = fields.Many2one("res.partner", readonly=True, index=True)
    state = fields.Selection(OFFER_STATES, default="open", required=True, readonly=True)
    offered_at = fields.Datetime(
        readonly=True, required=True, default=fields.Datetime.now
    )
    answered_at = fields.Datetime(readonly=True)
    reject_reason_id = fields.Many2one("o2o.reject.reason", readonly=True)
    reject_note = fields.Char(readonly=True)

    _store_uniq = models.Constraint(
        "UNIQUE(dispatch_id, warehouse_id)", "A store is asked once per leg."
    )

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Offers are kept as a record."))

    def action_accept(self):
        """Headquarters takes the leg for the store, which said so on the phone."""
        self.ensure_one()
        return self.dispatch_id._accept_for(self.warehouse_id)

    def _answer(self, state, **values):
        """Close open offers in `state`."""
        still_open = self.filtered(lambda offer: offer.state == "open")
        still_open.write(
            {**values, "state": state, "answered_at": fields.Datetime.now()}
        )
