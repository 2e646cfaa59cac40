from datetime import timedelta

from odoo import api, models
from odoo.exceptions import UserError, ValidationError
from odoo.fields import Domain
from odoo.tools import escape_psql

from .tools import run_in_batches

# Days before the end on which dealer and channel managers are told.
WARNING_DAYS = 30
STOPPED_STATES = ("refused", "suspended", "revoked")


class O2oOnlineAuthorization(models.Model):
    """From application to review to the end: who does what to an authorisation."""

    _inherit = "o2o.online.authorization"

    @api.constrains("state", "channel_id", "reason")
    def _check_state_is_explained(self):
        for authorization in self:
            if authorization.state == "approved" and not authorization.channel_id:
                raise ValidationError(
                    self.env._(
                        "Authorisation %(name)s has no channel. Fill in the channel by "
                        "which orders of shop %(shop)s come in before you approve it.",
                        name=authorization.name,
                        shop=authorization.shop_ref,
                    )
                )
            if (
                authorization.state in STOPPED_STATES
                and not (authorization.reason or "").strip()
            ):
                raise ValidationError(
                    self.env._(
                        "Authorisation %(name)s: the dealer must be told why. Give a "
                        "reason to refuse, suspend or revoke it.",
                        name=authorization.name,
                    )
                )

    def write(self, vals):
        """A new end is warned of anew; a first approval gets its date."""
        vals = dict(vals)
        if "date_to" in vals:
            vals["warned_on"] = False
        if not all(self.mapped("approved_on")):
            self._complete_approval(vals)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        for authorization in self:
            if authorization.approved_on:
                raise UserError(
                    self.env._(
                        "Authorisation %(name)s was in force and stays on record. "
                        "Revoke it instead.",
                        name=authorization.name,
                    )
                )

    def action_submit(self):
        self._require_state("draft", "refused")
        for authorization in self:
            authorization._require_active_dealer()
            authorization._require_single_application()
            authorization.write({"state": "submitted", "reason": False})
            authorization.activity_schedule(
                "mail.mail_activity_data_todo",
                summary=self.env._(
                    "Review the application of %(dealer)s",
                    dealer=authorization.dealer_id.name,
                ),
                user_id=authorization.company_id._o2o_manager().id,
            )

    def action_withdraw(self):
        """The dealer takes its application back; it may change and submit it again."""
        self._require_state("submitted")
        self.write({"state": "draft"})
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def action_approve(self):
        self._require_state("submitted", "draft")
        for authorization in self:
            authorization._require_active_dealer()
            today = authorization.company_id._o2o_today()
            if authorization.date_to < today:
                raise UserError(
                    self.env._(
                        "Authorisation %(name)s would have ended on %(end)s. Enter a "
                        "later end before you approve it.",
                        name=authorization.name,
                        end=authorization.date_to,
                    )
                )
            authorization.write(
                {"state": "approved", "approved_on": today, "reason": False}
            )
        self._close_review()

    def action_resume(self):
        self._require_state("suspended")
        for authorization in self:
            authorization._require_active_dealer()
        self.write({"state": "approved", "ended_on": False, "reason": False})
        self._tell_dealer()

    def action_open_decision(self):
        """Ask for the reason; the button's context says which decision it is."""
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reason for the Dealer"),
            "res_model": "o2o.authorization.decide",
            "view_mode": "form",
            "target": "new",
            "context": {**self.env.context, "default_authorization_ids": self.ids},
        }

    def action_create_channel(self):
        """Open the shop as a channel of the dealer and put it on the authorisation."""
        self.ensure_one()
        if not self.channel_id:
            self.channel_id = self.env["o2o.channel"].create(
                self._prepare_channel_vals()
            )
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.channel",
            "view_mode": "form",
            "res_id": self.channel_id.id,
        }

    def _prepare_channel_vals(self):
        return {
            "name": f"{self.dealer_id.name} · {self.shop_ref}",
            "code": f"{self.dealer_id.dealer_code}-{self.name}",
            "kind": "dealer_shop",
            "owner_dealer_id": self.dealer_id.id,
            "company_id": self.company_id.id,
        }

    def _refuse(self, reason):
        self._require_state("submitted")
        self.write({"state": "refused", "reason": reason})
        self._close_review()

    def _suspend(self, reason):
        self._require_state("approved")
        self._end_today("suspended", reason)

    def _revoke(self, reason):
        self._require_state("approved", "suspended")
        self._end_today("revoked", reason)

    def _end_today(self, state, reason):
        for authorization in self:
            today = authorization.company_id._o2o_today()
            first_off = min(authorization.ended_on or today, today)
            authorization._end(state, reason, first_off)
        self._tell_dealer()

    def _close_review(self):
        self.activity_feedback(["mail.mail_activity_data_todo"])
        self._tell_dealer()

    def _require_state(self, *states):
        labels = dict(self._fields["state"]._description_selection(self.env))
        for authorization in self:
            if authorization.state not in states:
                raise UserError(
                    self.env._(
                        "Authorisation %(name)s is %(state)s by now; this needs it to "
                        "be %(needed)s. Reload the page to see what happened.",
                        name=authorization.name,
                        state=labels[authorization.state],
                        needed=self.env._(" or ").join(labels[s] for s in states),
                    )
                )

    def _require_active_dealer(self):
        dealer = self.dealer_id
        if dealer.dealer_state != "active":
            raise UserError(
                self.env._(
                    "Dealer %(name)s is not active, so it can't be authorised to sell "
                    "online. Activate the dealer first.",
                    name=dealer.name,
                )
            )

    def _require_single_application(self):
        """Refuse to ask twice for a shop, as a double click would."""
        other = self.search(
            [
                ("dealer_id", "=", self.dealer_id.id),
                ("platform", "=", self.platform),
                ("shop_ref", "=ilike", escape_psql(self.shop_ref)),
                ("state", "=", "submitted"),
                ("id", "!=", self.id),
            ],
            limit=1,
        )
        if other:
            raise UserError(
                self.env._(
                    "Application %(name)s for shop %(shop)s is under review already. "
                    "Withdraw it before you apply anew.",
                    name=other.name,
                    shop=self.shop_ref,
                )
            )

    def _tell_dealer(self, template="mail_template_authorization_decision"):
        mail = self.env.ref(f"o2o_channel.{template}")
        for authorization in self:
            mail.send_mail(authorization.id)

    @api.model
    def _cron_check_validity(self):
        """Expire what has ended and warn of what soon will, company by company."""
        for company in self.env["res.company"].search([]):
            today = company._o2o_today()
            own = self.with_company(company)
            run_in_batches(own, own._get_ended_domain(company, today), "_expire")
            run_in_batches(own, own._get_ending_domain(company, today), "_warn_of_end")

    @api.model
    def _get_ended_domain(self, company, today):
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "in", ("approved", "suspended"))
            & Domain("date_to", "<", today)
        )

    @api.model
    def _get_ending_domain(self, company, today):
        return (
            Domain("company_id", "=", company.id)
            & Domain("state", "=", "approved")
            & Domain("warned_on", "=", False)
            & Domain("date_to", "<=", today + timedelta(days=WARNING_DAYS))
        )

    def _expire(self):
        self.write({"state": "expired"})
        self.activity_unlink(["mail.mail_activity_data_todo"])

    def _warn_of_end(self):
        """Thirty days ahead: a mail to the dealer, an activity for the manager."""
        for authorization in self:
            company = authorization.company_id
            authorization.warned_on = company._o2o_today()
            authorization.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=authorization.date_to,
                summary=self.env._("Online authorisation ends: renew it or let it end"),
                user_id=company._o2o_manager().id,
            )
        self._tell_dealer("mail_template_authorization_ending")
