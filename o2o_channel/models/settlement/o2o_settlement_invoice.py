from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class O2oSettlementInvoice(models.Model):
    """A payee's own tax invoice (fapiao) for a statement's bill.

    Several may cover one bill, as goods and services often come on two. Their sum is held
    against the bill before anything is paid.
    """

    _name = "o2o.settlement.invoice"
    _description = "Dealer's Tax Invoice"
    _order = "settlement_id, date, id"
    _rec_name = "number"
    _check_company_auto = True

    settlement_id = fields.Many2one(
        "o2o.settlement",
        string="Statement",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    partner_id = fields.Many2one(
        related="settlement_id.partner_id", string="Payee", store=True, index=True
    )
    number = fields.Char(
        required=True,
        help="Number printed on the tax invoice: 20 digits on a digital one.",
    )
    date = fields.Date(string="Invoice Date")
    amount = fields.Monetary(
        string="Amount with VAT",
        required=True,
        help="Total of the tax invoice with VAT.",
    )

    _number_uniq = models.Constraint(
        "UNIQUE (company_id, partner_id, number)",
        "This number is entered already: a tax invoice pays one statement only.",
    )
    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "The amount of a tax invoice must be above zero."
    )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            vals["number"] = "".join((vals.get("number") or "").split())
        invoices = super().create(vals_list)
        invoices._check_open()
        return invoices

    def write(self, vals):
        if "number" in vals:
            vals = dict(vals, number="".join((vals["number"] or "").split()))
        self._check_open()
        result = super().write(vals)
        self._check_open()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_paid(self):
        self._check_open()

    @api.constrains("number")
    def _check_number(self):
        for invoice in self:
            if not invoice.number:
                raise ValidationError(
                    self.env._(
                        "Statement %(name)s: enter the number of the tax invoice.",
                        name=invoice.settlement_id.name,
                    )
                )

    def _check_open(self):
        """Raise for a tax invoice of a statement that takes none, or none any more."""
        for statement in self.settlement_id:
            if statement.payee_kind == "individual" or statement.carried:
                raise UserError(
                    self.env._(
                        "Statement %(name)s needs no tax invoice: nothing is billed on it.",
                        name=statement.name,
                    )
                )
            if statement.state in ("draft", "cancelled") or statement._has_payment():
                raise UserError(
                    self.env._(
                        "The tax invoices of statement %(name)s can't be changed: it is "
                        "a draft, cancelled, or paid at least in part.",
                        name=statement.name,
                    )
                )
