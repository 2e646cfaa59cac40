from odoo import models
from odoo.exceptions import UserError


class AccountPaymentRegister(models.TransientModel):
    _inherit = "account.payment.register"

    def _create_payments(self):
        """Override of account: a statement's bill is paid once the payee's invoice matches,
        and once only."""
        self._o2o_check_left()
        self.line_ids.move_id._o2o_check_payout(self.journal_id)
        return super()._create_payments()

    def _o2o_check_left(self):
        """Raise when statements were paid after this dialog was opened.

        Odoo would pay the dialog's amount a second time: of two accountants, or from a
        second tab of the browser.
        """
        # sudo: who pays bills need not have a right on statements
        items = self.line_ids.filtered(
            lambda item: item.move_id.sudo().o2o_settlement_id
        )
        if not items:
            return
        currency = self.company_id.currency_id
        left = abs(sum(self.line_ids.mapped("amount_residual")))
        opened = self.source_amount if self.can_edit_wizard else left
        paid = items.filtered("reconciled")
        if paid or currency.compare_amounts(left, opened) < 0:
            raise UserError(
                self.env._(
                    "Statement %(name)s of %(payee)s was paid after this window was opened: "
                    "%(left)s is left to pay. Close the window and pay what is left.",
                    name=(paid or items)[0].move_id.sudo().o2o_settlement_id.name,
                    payee=(paid or items)[0].partner_id.display_name,
                    left=currency.format(left),
                )
            )


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
