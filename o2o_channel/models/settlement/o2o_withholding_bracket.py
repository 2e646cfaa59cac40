from decimal import Decimal

from odoo import api, fields, models, tools

from ...engine.withholding import Bracket, withhold


class O2oWithholdingBracket(models.Model):
    """One row of the income tax table for pay to individuals, as data: the law changes."""

    _name = "o2o.withholding.bracket"
    _description = "Withholding Bracket"
    _order = "date_from desc, over, id"

    date_from = fields.Date(
        string="Valid From",
        required=True,
        index=True,
        help="First day of the table this row belongs to. The youngest table that has begun "
        "on the last day of a statement counts.",
    )
    over = fields.Float(
        string="Pay Above",
        digits=(16, 2),
        help="The row holds for a month's pay above this amount. The first row starts at 0.",
    )
    allowance = fields.Float(
        digits=(16, 2), help="Fixed amount that is taken off the pay before tax."
    )
    allowance_percent = fields.Float(
        string="Allowance %",
        digits=(16, 4),
        help="Part of the pay that is free of tax.",
    )
    rate = fields.Float(string="Rate %", digits=(16, 4))
    quick = fields.Float(
        string="Quick Deduction",
        digits=(16, 2),
        help="Amount that is taken off the tax.",
    )

    _over_uniq = models.Constraint(
        "UNIQUE(date_from, over)", "This table has a row above that amount already."
    )
    _values_sane = models.Constraint(
        "CHECK(over >= 0 AND allowance >= 0 AND quick >= 0"
        " AND rate BETWEEN 0 AND 100 AND allowance_percent BETWEEN 0 AND 100)",
        "Amounts must not be negative, percentages lie between 0 and 100.",
    )

    @api.depends("date_from", "over", "rate")
    def _compute_display_name(self):
        for row in self:
            row.display_name = self.env._(
                "above %(over)s: %(rate)s %%", over=row.over, rate=row.rate
            )

    @api.model_create_multi
    def create(self, vals_list):
        self.env.registry.clear_cache()
        return super().create(vals_list)

    def write(self, vals):
        self.env.registry.clear_cache()
        return super().write(vals)

    def unlink(self):
        self.env.registry.clear_cache()
        return super().unlink()

    @api.model
    @tools.ormcache("on_date")
    def _brackets(self, on_date):
        """Return the engine's brackets of the table in force on ``on_date`` (may be empty)."""
        start = self.search(
            [("date_from", "<=", on_date)], order="date_from desc", limit=1
        )
        rows = self.search([("date_from", "=", start.date_from)], order="over")
        return tuple(
            Bracket(
                over=self._decimal(row.over),
                rate=self._decimal(row.rate),
                quick=self._decimal(row.quick),
                allowance=self._decimal(row.allowance),
                allowance_percent=self._decimal(row.allowance_percent),
            )
            for row in (rows if start else self.browse())
        )

    @api.model
    def _decimal(self, value):
        return Decimal(str(value))

    @api.model
    def _withheld(self, gross, table, currency):
        """Return the tax (float) on a month's pay ``gross`` by the brackets ``table``."""
        unit = self._decimal(currency.rounding)
        amount = self._decimal(currency.round(gross))
        return float(withhold(amount, table, unit).tax)
