from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oSettlement(models.Model):
    """Paying statements: the payee's tax invoice first, then Odoo's payment register."""

    _inherit = "o2o.settlement"

    invoice_ids = fields.One2many(
        "o2o.settlement.invoice", "settlement_id", string="Tax Invoices"
    )
    invoice_amount = fields.Monetary(
        string="Invoiced by Payee",
        compute="_compute_invoice_state",
        help="Sum of the payee's tax invoices, with VAT.",
    )
    invoice_state = fields.Selection(
        [
            ("none", "Not Needed"),
            ("waiting", "Waiting for Invoice"),
            ("matched", "Matched"),
            ("mismatch", "Mismatch"),
        ],
        string="Tax Invoice",
        compute="_compute_invoice_state",
        search="_search_invoice_state",
        help="Whether the payee's tax invoices come to the bill, to the cent. A mismatch "
        "can't be paid.",
    )

    @api.depends(
        "invoice_ids.amount",
        "bill_id.amount_total",
        "payee_kind",
        "company_id.o2o_require_dealer_invoice",
    )
    def _compute_invoice_state(self):
        for statement in self:
            statement.invoice_amount = statement.currency_id.round(
                sum(statement.invoice_ids.mapped("amount"))
            )
            statement.invoice_state = statement._invoice_state()

    def _invoice_state(self):
        self.ensure_one()
        if not self.bill_id or self.payee_kind == "individual":
            return "none"
        if not self.invoice_ids:
            return "waiting" if self.company_id.o2o_require_dealer_invoice else "none"
        # sudo: who enters invoices need not be allowed to read bills
        billed = self.bill_id.sudo().amount_total
        same = not self.currency_id.compare_amounts(self.invoice_amount, billed)
        return "matched" if same else "mismatch"

    def _search_invoice_state(self, operator, value):
        if operator != "in":
            return NotImplemented
        billed = self.search([("bill_id", "!=", False)])
        wanted = billed.filtered(lambda s: s.invoice_state in value)
        domain = [("id", "in", wanted.ids)]
        return ["|", ("bill_id", "=", False), *domain] if "none" in value else domain

    # === Before a payment ===
    def _check_payable(self):
        """Raise for the first statement that must not be paid yet, naming both amounts."""
        for statement in self:
            if statement.invoice_state == "mismatch":
                raise UserError(
                    self.env._(
                        "Statement %(name)s of %(payee)s: the bill is %(billed)s, the tax "
                        "invoice %(numbers)s is %(invoiced)s. Ask for a correct invoice, or "
                        "correct the amount entered; then pay.",
                        name=statement.name,
                        payee=statement.partner_id.display_name,
                        billed=statement.currency_id.format(
                            statement.bill_id.sudo().amount_total
                        ),
                        numbers=", ".join(statement.invoice_ids.mapped("number")),
                        invoiced=statement.currency_id.format(statement.invoice_amount),
                    )
                )
            if statement.invoice_state == "waiting":
                raise UserError(
                    self.env._(
                        "Statement %(name)s of %(payee)s: the tax invoice for %(billed)s is "
                        "missing. Enter its number and amount on the statement; then pay.",
                        name=statement.name,
                        payee=statement.partner_id.display_name,
                        billed=statement.currency_id.format(
                            statement.bill_id.sudo().amount_total
                        ),
                    )
                )

    def _payable_items(self):
        """Return the open items that a payment of these statements settles."""
        items = self.env["account.move.line"]
        for statement in self:
            move = statement.bill_id or statement.move_id
            items |= move.line_ids.filtered(
                lambda item: (
                    item.account_id.account_type == "liability_payable"
                    and not item.reconciled
                )
            )
        return items

    def _has_payment(self):
        """Tell whether anything of the bill is paid; what offsets settled doesn't count."""
        self.ensure_one()
        items = self.bill_id.sudo().line_ids  # see _invoice_state
        return any(
            partial.debit_move_id.move_id._o2o_is_payout()
            for partial in items.matched_debit_ids
        )

    def action_view_invoices(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Tax Invoices of %(name)s", name=self.name),
            "res_model": "o2o.settlement.invoice",
            "view_mode": "list",
            "domain": [("settlement_id", "=", self.id)],
            "context": {"default_settlement_id": self.id},
        }

    def action_pay(self):
        """Open Odoo's payment register on what these statements still owe."""
        self._require_state(("billed",))
        self._check_payable()
        return self._payable_items().action_register_payment(
            {"default_group_payment": False}
        )
