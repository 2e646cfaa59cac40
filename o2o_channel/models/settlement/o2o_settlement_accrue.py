from odoo import fields, models
from odoo.exceptions import UserError, ValidationError


class O2oSettlement(models.Model):
    """A confirmed statement whose bill isn't posted by the close of its month.

    Its shares are expenses of the month already, owed on the clearing account; what is
    missing is the bill and its VAT. An accountant who leaves it to the next month says why.
    """

    _inherit = "o2o.settlement"

    accrued_period_id = fields.Many2one(
        "o2o.settlement.period",
        string="Accrued in",
        readonly=True,
        copy=False,
        index="btree_not_null",
        help="In this period's close it stays on the clearing account without a bill.",
    )
    accrue_reason = fields.Char(readonly=True, copy=False)

    def write(self, vals):
        """Override: written by leaving it to the next period alone."""
        self._check_not_fixed(vals, ("accrued_period_id", "accrue_reason"))
        return super().write(vals)

    def action_accrue_wizard(self):
        """Ask why the bill waits."""
        self._check_accruable()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Bill after the Close"),
            "res_model": "o2o.settlement.accrue",
            "view_mode": "form",
            "target": "new",
            "context": {"default_settlement_ids": self.ids},
        }

    def _accrue(self, reason):
        """Leave the statements' bills to a later period; the close lets them pass.

        :raise UserError: a statement has no bill to wait for, or no period is open for it
        """
        self.check_access("write")
        self._lock()
        self._check_accruable()
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say under Reason why the bill is posted after the close.")
            )
        for statement in self:
            statement._set(
                accrued_period_id=statement._open_period().id, accrue_reason=reason
            )
            statement.message_post(
                body=self.env._(
                    "Accrued in %(period)s, billed later: %(reason)s",
                    period=statement.accrued_period_id.name,
                    reason=reason,
                )
            )

    def _check_accruable(self):
        for statement in self:
            if statement.state != "confirmed" or statement.carried:
                raise UserError(
                    self.env._(
                        "Statement %(name)s has no bill that waits: only a confirmed one "
                        "whose bill is a draft can be left to the next period.",
                        name=statement.name,
                    )
                )

    def _open_period(self):
        """Return the first period, from the statement's on, that isn't closed yet."""
        self.ensure_one()
        period = self.env["o2o.settlement.period"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_to", ">=", self.date_to),
                ("state", "!=", "closed"),
            ],
            order="date_from",
            limit=1,
        )
        if not period:
            raise UserError(
                self.env._(
                    "Statement %(name)s: no period is open. Make the next one first.",
                    name=self.name,
                )
            )
        return period


class O2oSettlementPeriod(models.Model):
    _inherit = "o2o.settlement.period"

    def _check_unbilled(self):
        """Confirmed statements of this period or earlier have a posted bill, or are accrued."""
        unbilled = self.env["o2o.settlement"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_to", "<=", self.date_to),
                ("state", "=", "confirmed"),
                ("carried", "=", False),
            ]
        )
        open_ones = unbilled.filtered(lambda s: s.accrued_period_id != self)
        title = self.env._("Every confirmed statement is billed or accrued")
        if open_ones:
            amount = sum(open_ones.mapped("amount_total"))
            wrong = self.env._("%(n)s with a draft bill", n=len(open_ones))
            return title, False, amount, open_ones, wrong
        amount = sum(unbilled.mapped("amount_total"))
        known = self.env._("%(n)s accrued, billed later", n=len(unbilled))
        return title, True, amount, unbilled, known
