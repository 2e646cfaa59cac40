from odoo import models


class AccountJournal(models.Model):
    """Where money that the addon books itself waits for the bank statement."""

    _inherit = "account.journal"

    def _o2o_money_account(self, incoming):
        """Return the account of money that comes in, or goes out, through this journal.

        The outstanding account of the journal's payment methods, so that the line of a bank
        statement is matched instead of booked a second time; else the journal's own account.
        """
        self.ensure_one()
        outstanding = (
            self._get_journal_inbound_outstanding_payment_accounts()
            if incoming
            else self._get_journal_outbound_outstanding_payment_accounts()
        )
        return outstanding.filtered("id")[:1] or self.default_account_id
