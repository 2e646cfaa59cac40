from odoo import models


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Override of account: a statement's bill is paid once the payee's invoice matches."""
        self.line_ids.move_id._o2o_check_payout(self.journal_id)
        return super()._create_payments()


class AccountPartialReconcile(models.Model):
    _inherit = "account.partial.reconcile"

    def create(self, vals_list):
        """Override of account: the check holds as well for payments reconciled by hand."""
        partials = super().create(vals_list)
        for partial in partials:
            payout = partial.debit_move_id.move_id
            if payout._o2o_is_payout():
                partial.credit_move_id.move_id._o2o_check_payout(payout.journal_id)
        return partials
