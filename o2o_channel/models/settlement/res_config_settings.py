from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_bill_journal_id = fields.Many2one(
        related="company_id.o2o_bill_journal_id", readonly=False
    )
    o2o_settlement_journal_id = fields.Many2one(
        related="company_id.o2o_settlement_journal_id", readonly=False
    )
    o2o_individual_account_id = fields.Many2one(
        related="company_id.o2o_individual_account_id", readonly=False
    )
    o2o_iit_account_id = fields.Many2one(
        related="company_id.o2o_iit_account_id", readonly=False
    )
    o2o_deposit_account_id = fields.Many2one(
        related="company_id.o2o_deposit_account_id", readonly=False
    )
    o2o_minimum_payout = fields.Monetary(
        related="company_id.o2o_minimum_payout", readonly=False
    )
    o2o_require_dealer_invoice = fields.Boolean(
        related="company_id.o2o_require_dealer_invoice", readonly=False
    )
    o2o_claim_account_id = fields.Many2one(
        related="company_id.o2o_claim_account_id", readonly=False
    )
    o2o_claim_expense_account_id = fields.Many2one(
        related="company_id.o2o_claim_expense_account_id", readonly=False
    )
    o2o_claim_days = fields.Integer(related="company_id.o2o_claim_days", readonly=False)
    o2o_claim_limit = fields.Monetary(
        related="company_id.o2o_claim_limit", readonly=False
    )
    o2o_claim_approve_own = fields.Boolean(
        related="company_id.o2o_claim_approve_own", readonly=False
    )
    o2o_auto_confirm_days = fields.Integer(
        related="company_id.o2o_auto_confirm_days", readonly=False
    )
    o2o_send_short = fields.Boolean(related="company_id.o2o_send_short", readonly=False)
    o2o_dispute_days = fields.Integer(
        related="company_id.o2o_dispute_days", readonly=False
    )
    o2o_post_bills = fields.Boolean(related="company_id.o2o_post_bills", readonly=False)
