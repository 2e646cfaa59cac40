from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine.split import RuleLine, SplitError
from .o2o_split_role import SPLIT_ROLES

RATE_DIGITS = 6


class O2oSplitRuleLine(models.Model):
    """One role's share in a split rule."""

    _name = "o2o.split.rule.line"
    _description = "Split Rule Share"
    _order = "rule_id, sequence, id"

    rule_id = fields.Many2one(
        "o2o.split.rule", required=True, ondelete="cascade", index=True
    )
    company_id = fields.Many2one(related="rule_id.company_id")
    currency_id = fields.Many2one(related="rule_id.currency_id")
    sequence = fields.Integer(default=10)
    role = fields.Selection(SPLIT_ROLES, required=True)
    kind = fields.Selection(
        [
            ("percent", "Percentage"),
            ("fixed", "Fixed Amount"),
            ("spread", "Share of the Spread"),
        ],
        required=True,
        default="percent",
        help="The spread is what the price is above the floor price. A fixed amount counts once per order line.",
    )
    base = fields.Selection(
        [
            ("untaxed", "Untaxed Amount"),
            ("total", "Total with Tax"),
            ("margin", "Margin over Purchase Price"),
            ("purchase", "Purchase Price"),
            ("floor_price", "Floor Price"),
            ("guarantee", "Gap to the Guaranteed Margin"),
        ],
        required=True,
        default="untaxed",
        help="Of the whole order line. The purchase price is what the fulfilling dealer's own "
        "pricelist asks for the goods, without tax. The gap is what the fulfilling dealer's "
        "share lacks of purchase price and guaranteed margin: it is the base of subsidies.",
    )
    rate = fields.Float(
        string="Rate / Amount",
        digits=(16, RATE_DIGITS),
        help="A percentage, or the amount when the kind is a fixed amount. Of the share that "
        "takes the rest it is only nominal.",
    )
    cap = fields.Monetary(
        string="At Most", help="For the whole order line. Empty: no limit."
    )
    floor = fields.Monetary(
        string="At Least", help="For the whole order line. Empty: no limit."
    )
    residual = fields.Boolean(
        string="Takes the Rest",
        help="Exactly one share of a rule takes what the others leave, rounding included.",
    )

    _rate_positive = models.Constraint(
        "CHECK (rate IS NULL OR rate >= 0)",
        "A rate can't be negative: enter 0 or more.",
    )
    _limits = models.Constraint(
        "CHECK (COALESCE(floor, 0) >= 0 AND COALESCE(cap, 0) >= 0 "
        "AND (COALESCE(cap, 0) = 0 OR cap >= COALESCE(floor, 0)))",
        "The highest amount of a share can't be below its lowest, and neither below zero.",
    )
    _residual_uniq = models.UniqueIndex(
        "(rule_id) WHERE residual",
        "Two shares take the rest: mark exactly one.",
    )

    @api.depends("role", "rate", "kind", "residual")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for line in self:
            line.display_name = f"{labels.get(line.role, '')} {line._rate_text()}"

    def _rate_text(self):
        """Return the rate as people write it: ``82 %``, ``80.00`` or ``rest``."""
        self.ensure_one()
        if self.residual:
            return self.env._("rest")
        if self.kind == "fixed":
            return self.currency_id.format(self.rate)
        return f"{self.rate:.{RATE_DIGITS}f}".rstrip("0").rstrip(".") + " %"

    @api.constrains(
        "role", "kind", "base", "rate", "cap", "floor", "residual", "rule_id"
    )
    def _check_share(self):
        """Check each line, and the rule as far as it is written."""
        for line in self:
            line._to_engine()
        for rule in self.rule_id:
            if any(line.residual for line in rule.line_ids):
                rule._to_engine()

    @api.model_create_multi
    def create(self, vals_list):
        rules = self.env["o2o.split.rule"].browse(
            {vals["rule_id"] for vals in vals_list}
        )
        rules._check_editable()
        rules._note_author()
        return super().create(vals_list)

    def write(self, vals):
        self.rule_id._check_editable()
        result = super().write(vals)
        self.rule_id._check_editable()
        self.rule_id._note_author()
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self.rule_id._check_editable()
        self.rule_id._note_author()

    def _to_engine(self):
        """Return the share as the engine's value.

        Cap and floor of zero mean none; a rate of the share that takes the rest is only
        what it nominally comes to.
        """
        self.ensure_one()
        try:
            return RuleLine(
                role=self.role,
                kind=self.kind,
                rate=_decimal(0.0 if self.residual else self.rate),
                base=self.base,
                cap=_decimal(self.cap) or None,
                floor=_decimal(self.floor) or None,
                residual=self.residual,
                key=str(self.id),
            )
        except SplitError as error:
            raise ValidationError(self.rule_id._error_text(error)) from error


def _decimal(value):
    return Decimal(str(round(value, RATE_DIGITS)))
