from odoo import fields, models


class ResConfigSettings(models.TransientModel):
    _inherit = "res.config.settings"

    o2o_clearing_account_id = fields.Many2one(
        related="company_id.o2o_clearing_account_id", readonly=False
    )
    o2o_split_journal_id = fields.Many2one(
        related="company_id.o2o_split_journal_id", readonly=False
    )
    o2o_fee_account_id = fields.Many2one(
        related="company_id.o2o_fee_account_id", readonly=False
    )
    o2o_fee_tax_id = fields.Many2one(
        related="company_id.o2o_fee_tax_id", readonly=False
    )
    o2o_split_posting = fields.Selection(
        related="company_id.o2o_split_posting", readonly=False
    )
    o2o_guaranteed_margin = fields.Float(
        related="company_id.o2o_guaranteed_margin", readonly=False
    )
    o2o_return_window_days = fields.Integer(
        related="company_id.o2o_return_window_days", readonly=False
    )

    def action_o2o_setup_accounting(self):
        """Create the accounts, journals and roles that the company lacks."""
        self.company_id._o2o_setup_accounting()
        return {"type": "ir.actions.client", "tag": "reload"}
