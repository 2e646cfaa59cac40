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
