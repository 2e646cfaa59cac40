from markupsafe import Markup

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
    date_to = fields.Date(related="period_id.date_to")
    is_over = fields.Boolean(compute="_compute_is_over")
    may_lock = fields.Boolean(compute="_compute_may_lock")
    lock_sale = fields.Boolean(
        string="Sales",
        help="Sales Lock Date: no customer invoice or credit note is dated in the period.",
    )
    lock_purchase = fields.Boolean(
        string="Purchases",
        help="Purchase Lock Date: no vendor bill is dated in the period. Statements' bills are "
        "dated after it as well.",
    )
    lock_tax = fields.Boolean(
        string="Taxes",
        help="Tax Return Lock Date: nothing with VAT is dated in the period.",
    )
    lock_fiscalyear = fields.Boolean(
        string="All Journals",
        help="Global Lock Date: nothing at all is dated in the period. Odoo asks for reconciled "
        "bank statements first.",
    )

    @api.depends("check_ids.ok")
    def _compute_is_ready(self):
        for wizard in self:
            wizard.is_ready = all(wizard.check_ids.mapped("ok"))

    def action_check(self):
        """Look again, after something was put right."""
        self.period_id.action_check()
        return self._again()

    @api.depends("period_id.date_to")
    def _compute_is_over(self):
        for wizard in self:
            wizard.is_over = wizard.company_id._o2o_today() > wizard.date_to

    @api.depends_context("uid")
    def _compute_may_lock(self):
        self.may_lock = self.env.user.has_group("account.group_account_manager")

    @api.model
    def _locks(self):
        """Return ``{tick: Odoo's lock date}``."""
        return {
            "lock_sale": "sale_lock_date",
            "lock_purchase": "purchase_lock_date",
            "lock_tax": "tax_lock_date",
            "lock_fiscalyear": "fiscalyear_lock_date",
        }

    @api.model_create_multi
    def create(self, vals_list):
        """Override: who may lock gets the ticks of the lock dates that are in use."""
        wizards = super().create(vals_list)
        for wizard, vals in zip(wizards, vals_list, strict=True):
            company = wizard.company_id.sudo()  # sudo: lock dates are set-up
            if wizard.may_lock:
                wizard.update(
                    {
                        tick: bool(company[lock])
                        for tick, lock in self._locks().items()
                        if tick not in vals
                    }
                )
        return wizards

    def action_close(self):
        """Close the period, and Odoo's books as far as ticked: all or nothing."""
        self.ensure_one()
        wanted = [lock for tick, lock in self._locks().items() if self[tick]]
        if wanted and not self.may_lock:
            raise UserError(
                self.env._(
                    "Only an accounting administrator locks Odoo's books. Close the period "
                    "without those ticks, or ask one."
                )
            )
        self._lock_odoo(wanted)
        self.period_id.action_close()
        return {"type": "ir.actions.act_window_close"}

    def _lock_odoo(self, locks):
        """Move Odoo's lock dates on to the period's last day, never back."""
        # sudo: the right on Odoo's books was checked, that on companies isn't needed
        company, day = self.company_id.sudo(), self.period_id.date_to
        late = [lock for lock in locks if not company[lock] or company[lock] < day]
        if late:
            company.write(dict.fromkeys(late, day))

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
    effects = fields.Html(string="What Happens", compute="_compute_effects")

    @api.depends("period_id")
    def _compute_effects(self):
        for wizard in self:
            wizard.period_id.check_access("read")
            # sudo: approvers see what they decide about without rights on statements
            items = wizard.period_id.sudo()._reopen_effects()
            wizard.effects = Markup("<ul>%s</ul>") % Markup().join(
                Markup("<li>%s</li>") % item for item in items
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
