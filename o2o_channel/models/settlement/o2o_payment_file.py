import base64
import hashlib

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...papers.bank import bank_csv


class O2oPaymentFile(models.Model):
    """Payments handed to the bank as one file. A payment is in one file at most."""

    _name = "o2o.payment.file"
    _description = "Bank Payment File"
    _order = "id desc"
    _check_company_auto = True

    name = fields.Char(string="Reference", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    journal_id = fields.Many2one("account.journal", required=True, readonly=True)
    currency_id = fields.Many2one("res.currency", required=True, readonly=True)
    payment_ids = fields.One2many(
        "account.payment", "o2o_payment_file_id", string="Payments", readonly=True
    )
    count = fields.Integer(string="Number of Payments", readonly=True)
    amount_total = fields.Monetary(string="Total", readonly=True)
    state = fields.Selection(
        [("made", "Made"), ("cancelled", "Cancelled")],
        default="made",
        required=True,
        readonly=True,
        help="Cancelled: the bank didn't get the file; its payments may go into another.",
    )
    file = fields.Binary(readonly=True, attachment=True)
    file_name = fields.Char(readonly=True)
    digest = fields.Char(
        string="SHA-256",
        readonly=True,
        help="Compare it before the upload to the bank.",
    )

    @api.model
    def _make(self, payments):
        """Make the file of ``payments`` and return it.

        :raises UserError: names the payment that can't be paid by file, and why
        """
        self.check_access("create")
        payments = payments.sorted(lambda payment: (payment.date, payment.id))
        self._check_payments(payments)
        data = bank_csv([self._prepare_row(payment) for payment in payments])
        company = payments.company_id
        sequence = self.env["ir.sequence"].with_company(company)
        # sudo: the number is drawn for the user, who has no right on sequences
        name = sequence.sudo().next_by_code("o2o.payment.file")
        # sudo: files are made here alone; the right to make one was checked above
        made = self.sudo().create(
            {
                "name": name,
                "company_id": company.id,
                "journal_id": payments.journal_id.id,
                "currency_id": payments.currency_id.id,
                "count": len(payments),
                "amount_total": sum(payments.mapped("amount")),
                "file": base64.b64encode(data),
                "file_name": f"{name.replace('/', '-')}.csv",
                "digest": hashlib.sha256(data).hexdigest(),
            }
        )
        payments.sudo().o2o_payment_file_id = made
        return made.with_env(self.env)

    def _prepare_row(self, payment):
        account = payment.partner_bank_id
        return {
            "payment": payment.name or "",
            "date": fields.Date.to_string(payment.date),
            "payee": payment.partner_id.name or "",
            "account_holder": account.acc_holder_name or payment.partner_id.name or "",
            "account_number": account.sanitized_acc_number or "",
            "bank_name": account.bank_name or "",
            "bank_code": account.bank_bic or "",
            "currency": payment.currency_id.name,
            "amount": f"{payment.amount:.{payment.currency_id.decimal_places}f}",
            "purpose": payment.memo or "",
        }

    @api.model
    def _check_payments(self, payments):
        if len(payments.journal_id) != 1 or len(payments.currency_id) != 1:
            raise UserError(
                self.env._(
                    "Choose payments of one journal and one currency for a file."
                )
            )
        for payment in payments:
            reason = self._refusal(payment)
            if reason:
                raise UserError(
                    self.env._(
                        "Payment %(name)s to %(payee)s can't go into a bank file: "
                        "%(reason)s",
                        name=payment.display_name,
                        payee=payment.partner_id.display_name,
                        reason=reason,
                    )
                )

    def _refusal(self, payment):
        account = payment.partner_bank_id
        if payment.payment_type != "outbound" or payment.state not in (
            "in_process",
            "paid",
        ):
            return self.env._("only confirmed payments that go out can.")
        if payment.o2o_payment_file_id:
            return self.env._(
                "it is in %(file)s. Cancel that file if the bank didn't get it.",
                file=payment.o2o_payment_file_id.name,
            )
        if not account:
            return self.env._("the payment names no bank account of the payee.")
        if not account.allow_out_payment:
            return self.env._(
                "account %(number)s isn't trusted. Check it and allow sending money to it.",
                number=account.acc_number,
            )
        return ""

    @api.model_create_multi
    def create(self, vals_list):
        if not self.env.su:
            raise UserError(
                self.env._("Make a payment file from the payments in their list.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if not self.env.su:
            raise UserError(
                self.env._("A payment file stays as it is. Cancel it to make another.")
            )
        return super().write(vals)

    def action_cancel(self):
        """Let the payments go into another file."""
        self.check_access("write")
        # sudo: nobody writes these but this button, whose right was checked above
        self.sudo().payment_ids.o2o_payment_file_id = False
        self.sudo().state = "cancelled"


class AccountPayment(models.Model):
    _inherit = "account.payment"

    o2o_payment_file_id = fields.Many2one(
        "o2o.payment.file",
        string="Bank Payment File",
        groups="base.group_user",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._check_file_not_set(vals)
        return super().create(vals_list)

    def write(self, vals):
        self._check_file_not_set(vals)
        return super().write(vals)

    def _check_file_not_set(self, vals):
        """A payment enters and leaves a file with the file's own buttons."""
        if "o2o_payment_file_id" in vals and not self.env.su:
            raise UserError(
                self.env._(
                    "The bank payment file of a payment can't be edited: make a file from "
                    "the list of payments, or cancel the file."
                )
            )

    def action_o2o_payment_file(self):
        """Make the bank's file of the chosen payments and show it."""
        made = self.env["o2o.payment.file"]._make(self)
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.payment.file",
            "view_mode": "form",
            "res_id": made.id,
        }
