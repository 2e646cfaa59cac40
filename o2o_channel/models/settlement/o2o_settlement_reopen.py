from collections import Counter

from odoo import fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools.misc import format_date


class O2oSettlementPeriod(models.Model):
    """Reopening a closed period: a second person, with a reason, and only the last one."""

    _inherit = "o2o.settlement.period"

    reopened_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    reopened_on = fields.Datetime(readonly=True, copy=False)
    reopen_reason = fields.Char(readonly=True, copy=False)

    def _check_protected(self, vals):
        """Override: who reopened it, and why, is written by reopening alone."""
        marks = {"reopened_by_id", "reopened_on", "reopen_reason"} & set(vals)
        return super()._check_protected(vals | {"state": None} if marks else vals)

    def _prepare_new_vals(self):
        """Override: nobody has reopened it."""
        marks = ("reopened_by_id", "reopened_on", "reopen_reason")
        return super()._prepare_new_vals() | dict.fromkeys(marks, False)

    def action_reopen_wizard(self):
        """Ask for the reason."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Reopen %(period)s", period=self.name),
            "res_model": "o2o.settlement.reopen",
            "view_mode": "form",
            "target": "new",
            "context": {"default_period_id": self.id},
        }

    def _reopen(self, reason):
        """Open the period again; what was posted stays.

        :raise UserError: the user closed it, a later period is closed, or it isn't closed
        """
        self.ensure_one()
        self.check_access("read")
        if not self.env.user.has_group("o2o_channel.o2o_group_approver"):
            raise AccessError(
                self.env._("Only an approver of the channel reopens a period.")
            )
        # sudo: approvers may only read periods; that they are one is checked above
        period = self.sudo()
        period._lock()
        period._hold_books()
        period._check_reopen(self.env.user)
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say under Reason why %(name)s is reopened.", name=self.name)
            )
        period._set(
            state="closing",
            reopened_by_id=self.env.uid,
            reopened_on=fields.Datetime.now(),
            reopen_reason=reason,
        )
        period._mark_closed(period.company_id)
        period.message_post(
            body=self.env._(
                "Reopened by %(user)s (closed by %(closer)s): %(reason)s",
                user=self.env.user.name,
                closer=period.closed_by_id.name,
                reason=reason,
            )
        )

    def _reopen_effects(self):
        """Return what reopening does and what it leaves, one sentence each."""
        self.ensure_one()
        statements = self.statement_ids.filtered(lambda s: s.state != "cancelled")
        left = statements.filtered(lambda s: s.state != "draft")
        states = dict(statements._fields["state"]._description_selection(self.env))
        effects = [
            self.env._(
                "From %(day)s on, splits, bills and claims are dated in the period again.",
                day=format_date(self.env, self.date_from),
            )
        ]
        if left:
            counts = Counter(states[statement.state] for statement in left)
            effects.append(
                self.env._(
                    "Statements that have left stay as they are, with their bills and "
                    "payments (%(states)s). What is posted now for these payees goes onto their next "
                    "statement.",
                    states=", ".join(f"{state} {n}" for state, n in counts.items()),
                )
            )
        effects.append(
            self.env._("Payees without a statement in the period can get one again.")
        )
        later = self.env["o2o.settlement"].search_count(
            [
                ("company_id", "=", self.company_id.id),
                ("date_from", ">", self.date_to),
                ("state", "!=", "cancelled"),
            ]
        )
        if later:
            effects.append(
                self.env._("Statements of later periods stay too (%(n)s).", n=later)
            )
        effects.append(
            self.env._("The report of this close is kept; closing again adds another.")
        )
        if locks := self._odoo_locks_text():
            effects.append(
                self.env._(
                    "Odoo's own lock dates stay, an accounting administrator changes them: "
                    "%(locks)s.",
                    locks=locks,
                )
            )
        return effects

    def _check_reopen(self, user):
        if self.state != "closed":
            raise UserError(self.env._("Period %(name)s isn't closed.", name=self.name))
        if self.closed_by_id == user:
            raise UserError(
                self.env._(
                    "You closed %(name)s yourself: a second approver reopens it.",
                    name=self.name,
                )
            )
        later = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_from", ">", self.date_to),
                ("state", "=", "closed"),
            ],
            limit=1,
        )
        if later:
            raise UserError(
                self.env._(
                    "%(later)s is closed already: reopen that first, then %(name)s.",
                    later=later.name,
                    name=self.name,
                )
            )
