from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSettlementClose(models.TransientModel):
    """The close as an accountant sees it: the checklist, then the lock."""

    _name = "o2o.settlement.close"
    _description = "Close a Period"

    period_id = fields.Many2one(
        "o2o.settlement.period", required=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="period_id.company_id")
    currency_id = fields.Many2one(related="period_id.currency_id")
    check_ids = fields.One2many(related="period_id.check_ids")
    is_ready = fields.Boolean(compute="_compute_is_ready")
    lock_odoo = fields.Boolean(
        string="Lock Odoo's Books as Well",
        help="Sets Odoo's global lock date to the period's last day, for all journals. Needs "
        "the rights of an accounting administrator. Without it only splits, statements and "
        "dealers' bills are kept out of the period.",
    )

    @api.depends("check_ids.ok")
    def _compute_is_ready(self):
        for wizard in self:
            wizard.is_ready = all(wizard.check_ids.mapped("ok"))

    def action_check(self):
        """Look again, after something was put right."""
        self.period_id.action_check()
        return self._again()

    def action_close(self):
        """Close the period, and Odoo's books if wanted: both or nothing."""
        self.ensure_one()
        if self.lock_odoo:
            self._check_may_lock()
        self.period_id.action_close()
        if self.lock_odoo:
            self._lock_odoo()
        return {"type": "ir.actions.act_window_close"}

    def _check_may_lock(self):
        if not self.env.user.has_group("account.group_account_manager"):
            raise UserError(
                self.env._(
                    "Only an accounting administrator locks Odoo's books. Close the period "
                    "without that tick, or ask one."
                )
            )

    def _lock_odoo(self):
        company, day = self.company_id, self.period_id.date_to
        if not company.fiscalyear_lock_date or company.fiscalyear_lock_date < day:
            # sudo: the right on Odoo's books was checked, that on companies isn't needed
            company.sudo().fiscalyear_lock_date = day

    def _again(self):
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Close %(period)s", period=self.period_id.name),
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
            "target": "new",
        }


class O2oSettlementReopen(models.TransientModel):
    """Why a closed period is opened again."""

    _name = "o2o.settlement.reopen"
    _description = "Reopen a Period"

    period_id = fields.Many2one(
        "o2o.settlement.period", required=True, ondelete="cascade"
    )
    reason = fields.Char(required=True)
    odoo_lock = fields.Date(
        string="Odoo's Lock Date",
        related="period_id.company_id.fiscalyear_lock_date",
        help="Stays as it is: an accounting administrator changes it in Odoo.",
    )

    def action_reopen(self):
        self.ensure_one()
        self.period_id._reopen(self.reason)
        return {"type": "ir.actions.act_window_close"}


class O2oSettlementPeriod(models.Model):
    _inherit = "o2o.settlement.period"

    def action_close_wizard(self):
        """Check everything and show the checklist with the button that closes."""
        self.ensure_one()
        self.action_check()
        wizard = self.env["o2o.settlement.close"].create({"period_id": self.id})
        return wizard._again()
