from odoo import models


class AccountTax(models.Model):
    _inherit = "account.tax"

    def _add_tax_details_in_base_line(self, base_line, company, rounding_method=None):
        """Override of account: VAT on a dealer's bill is rounded per role.

        A bill has one line per role; the company's own choice, such as rounding globally,
        would make the bill differ from the statement that the dealer agreed to.
        """
        record = base_line.get("record")
        of_statement = (
            isinstance(record, models.BaseModel)
            and record._name == "account.move.line"
            and record.move_id.o2o_settlement_id
        )
        if of_statement:
            rounding_method = "round_per_line"
        return super()._add_tax_details_in_base_line(
            base_line, company, rounding_method=rounding_method
        )

    def _o2o_is_plain(self):
        """Tell whether this is no tax, or one whose VAT is the rate on the net, nothing else."""
        if not self:
            return True
        if len(self) > 1 or self.amount_type != "percent" or self.price_include:
            return False
        parts = self.invoice_repartition_line_ids.filtered(
            lambda part: part.repartition_type == "tax"
        )
        return (
            self.tax_exigibility != "on_payment"
            and not self.include_base_amount
            and not self.has_negative_factor
            and len(parts) == 1
            and parts.factor_percent == 100
            and self.type_tax_use == "purchase"
        )

    def _o2o_plain_vat(self, amount, currency):
        """Return the VAT of a plain tax (or none) on a net amount, rounded."""
        return currency.round(amount * self.amount / 100.0) if self else 0.0
