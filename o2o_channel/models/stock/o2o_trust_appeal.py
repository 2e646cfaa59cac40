from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

STATES = [("open", "Open"), ("granted", "Granted"), ("declined", "Declined")]


class O2oTrustAppeal(models.Model):
    """A dealer says that an event should not count; headquarters decides, with a reason.

    Until then the event counts. A granted appeal strikes it."""

    _name = "o2o.trust.appeal"
    _description = "Appeal against a Trust Event"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _rec_name = "reference"

    event_id = fields.Many2one(
        "o2o.trust.event", required=True, readonly=True, ondelete="restrict"
    )
    company_id = fields.Many2one(related="event_id.company_id", store=True, index=True)
    warehouse_id = fields.Many2one(related="event_id.warehouse_id", store=True)
    dealer_id = fields.Many2one(
        related="event_id.warehouse_id.dealer_id", store=True, index=True
    )
    product_id = fields.Many2one(related="event_id.product_id")
    kind = fields.Selection(related="event_id.kind")
    event_date = fields.Datetime(related="event_id.date", string="Date of the Event")
    event_note = fields.Char(related="event_id.note", string="What Happened")
    ok_qty = fields.Float(related="event_id.ok_qty")
    asked_qty = fields.Float(related="event_id.asked_qty")
    reference = fields.Char(related="event_id.reference")
    user_id = fields.Many2one("res.users", string="Appealed By", readonly=True)
    reason = fields.Text(required=True, readonly=True)
    state = fields.Selection(
        STATES, required=True, readonly=True, default="open", index=True, tracking=True
    )
    decision = fields.Text(
        string="Our Reason",
        readonly=True,
        help="The dealer reads it beside the decision.",
    )
    decided_by_id = fields.Many2one("res.users", readonly=True)
    decided_at = fields.Datetime(readonly=True)

    _event_uniq = models.Constraint(
        "UNIQUE(event_id)", "This event has been appealed already."
    )

    @api.model
    def _appeal(self, event, reason):
        """A dealer appeals an event; the caller makes sure that it is the dealer's own."""
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say in a few words why the event is wrong."))
        if event.state != "valid" or event.appeal_ids:
            raise UserError(self.env._("This event has been appealed already."))
        # sudo: the appeal is all that a dealer may write
        appeal = self.sudo().create(
            {"event_id": event.id, "reason": reason, "user_id": self.env.uid}
        )
        event._set_state("appealed")
        appeal.activity_schedule(
            "o2o_channel.mail_activity_type_o2o_appeal",
            user_id=event.sudo().company_id._o2o_manager().id,
            note=reason,
        )
        return appeal

    def action_grant(self):
        """Ask for the reason; see `o2o.trust.decide`."""
        return self._get_decide_action("granted")

    def action_decline(self):
        return self._get_decide_action("declined")

    def _get_decide_action(self, decision):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_trust_decide_action"
        )
        action["context"] = {
            "default_appeal_ids": self.ids,
            "default_decision": decision,
        }
        return action

    def _decide(self, state, reason):
        """Grant or decline: the event is struck or counts, and the dealer is told."""
        self.check_access("write")
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why; the dealer reads it."))
        # sudo: deciding is the only way to change an appeal
        for appeal in self.sudo():
            if appeal.state != "open":
                raise UserError(
                    self.env._(
                        "The appeal about %(reference)s is decided already.",
                        reference=appeal.reference or appeal.event_note or "",
                    )
                )
            appeal.write(
                {
                    "state": state,
                    "decision": reason,
                    "decided_by_id": self.env.uid,
                    "decided_at": fields.Datetime.now(),
                }
            )
            appeal.event_id._set_state("struck" if state == "granted" else "valid")
            appeal.activity_feedback(["o2o_channel.mail_activity_type_o2o_appeal"])
            appeal._notify_dealer()
        return True

    def _notify_dealer(self):
        self.ensure_one()
        template = self.env.ref(
            "o2o_channel.mail_template_trust_appeal", raise_if_not_found=False
        )
        if template and (self.user_id.email or self.dealer_id.email):
            template.send_mail(self.id)

    def write(self, vals):
        chatter = all(name.startswith(("message_", "activity_")) for name in vals)
        if not self.env.su and not chatter:
            raise AccessError(
                self.env._(
                    "Appeals are decided by their buttons, which keep the record."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Appeals are a record and can't be deleted."))
