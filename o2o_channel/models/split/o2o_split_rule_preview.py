from decimal import Decimal

from markupsafe import Markup

from odoo import api, fields, models
from odoo.exceptions import UserError

from ...engine.money import round_half_up
from ...engine.split import (
    Coupon,
    Fulfiller,
    LineBase,
    Roles,
    SplitError,
    allocate,
)
from .o2o_split_role import SPLIT_ROLES

DEFAULT_AMOUNT = 1000.0
# Roles that an order may lack; whoever stands in for them is the rule's business.
OPTIONAL = ("fulfiller", "origin", "tier1", "guide", "crew", "platform")
ALL = "_compute_preview_roles"
TABLE = Markup(
    "<table class='table table-sm o_o2o_split_preview'><thead><tr><th>%s</th>"
    "<th class='text-end'>%s</th><th>%s</th></tr></thead><tbody>%s</tbody>"
    "<tfoot><tr class='fw-bold'><td>%s</td>"
    "<td class='text-end text-nowrap'>%s</td><td/></tr></tfoot></table>"
)
ROW = Markup(
    "<tr><td>%s</td><td class='text-end text-nowrap'>%s</td>"
    "<td class='text-muted'>%s</td></tr>"
)
WARNING = Markup("<p class='text-warning'>%s</p>")


class O2oSplitRule(models.Model):
    """Try a rule on an order line that is only typed in: who would get what, and why."""

    _inherit = "o2o.split.rule"

    preview_amount = fields.Float(
        string="Net of the Line",
        store=False,
        help="Of the whole order line, without tax, before a coupon. Empty: 1,000.00.",
    )
    preview_total = fields.Float(
        string="Total with Tax", store=False, help="Empty: as the net."
    )
    preview_cost = fields.Float(
        string="Purchase Price",
        store=False,
        help="Net the fulfilling dealer pays for the goods of the whole line.",
    )
    preview_floor = fields.Float(
        string="Floor Price", store=False, help="Net, of the whole line."
    )
    preview_coupon = fields.Float(
        string="Coupon", store=False, help="Net that the coupon takes off this line."
    )
    preview_funder = fields.Selection(
        SPLIT_ROLES, string="Coupon Paid By", compute=ALL, readonly=False
    )
    preview_quantity = fields.Float(string="Units Ordered", compute=ALL, readonly=False)
    preview_back = fields.Float(string="Units That Came Back", store=False)
    preview_fulfiller = fields.Boolean(
        string="A Dealer Delivers",
        compute=ALL,
        readonly=False,
        help="Else headquarters ships it itself.",
    )
    preview_origin = fields.Boolean("Originating Dealer", compute=ALL, readonly=False)
    preview_tier1 = fields.Boolean("Tier-1 Dealer", compute=ALL, readonly=False)
    preview_guide = fields.Boolean("Guide", compute=ALL, readonly=False)
    preview_crew = fields.Boolean("Service Crew", compute=ALL, readonly=False)
    preview_platform = fields.Boolean("Platform", compute=ALL, readonly=False)
    preview_html = fields.Html(compute="_compute_preview_html", sanitize=False)

    def _compute_preview_roles(self):
        """Each try begins with one unit and every role present."""
        for rule in self:
            rule.preview_quantity = 1
            rule.preview_funder = "hq"
            for role in OPTIONAL:
                rule[f"preview_{role}"] = True

    @api.depends(
        "preview_amount", "preview_total", "preview_cost", "preview_floor",
        "preview_coupon", "preview_funder", "preview_quantity", "preview_back",
        *[f"preview_{role}" for role in OPTIONAL],
        "absent_share_to", "remainder", "line_ids.role", "line_ids.rate", "line_ids.kind",
        "line_ids.base", "line_ids.cap", "line_ids.floor", "line_ids.residual",
    )  # fmt: skip
    def _compute_preview_html(self):
        for rule in self:
            rule.preview_html = rule._preview()

    def _preview(self):
        """Return an HTML table of the shares of the order line that was typed in."""
        self.ensure_one()
        try:
            allocation = allocate(
                self._preview_line(), self._to_engine(), self._preview_roles()
            )
        except SplitError as error:
            return WARNING % self._error_text(error)
        except UserError as error:
            return WARNING % str(error)
        labels = dict(self.line_ids._fields["role"]._description_selection(self.env))
        explain = self.env["o2o.split.line"]._explain
        rows = Markup("").join(
            ROW
            % (
                labels[part.role],
                self._preview_money(part.amount),
                explain(part.step_rows()),
            )
            for part in allocation.parts
        )
        return TABLE % (
            self.env._("Party"),
            self.env._("Amount"),
            self.env._("How It Comes About"),
            rows,
            self.env._("Net That Is Split"),
            self._preview_money(allocation.net),
        )

    def _preview_money(self, amount):
        return self.currency_id.format(float(amount))

    def _preview_line(self):
        """Return the engine's `LineBase` of what was typed in."""
        coupon = self._preview_amount_of("preview_coupon")
        net = self._preview_amount_of("preview_amount") or Decimal(str(DEFAULT_AMOUNT))
        cost = self._preview_amount_of("preview_cost")
        margin = Decimal(str(self.company_id.o2o_guaranteed_margin or 0))
        unit = self._preview_unit()
        return LineBase(
            net - coupon,
            total=self._preview_amount_of("preview_total") or None,
            unit=unit,
            quantity=Decimal(str(self.preview_quantity or 1)),
            purchase=cost,
            floor_price=self._preview_amount_of("preview_floor"),
            guaranteed=round_half_up(cost * (1 + margin / 100), unit) if cost else None,
            coupons=(Coupon(self.preview_funder, coupon, coupon),)
            if coupon and self.preview_funder
            else (),
        )

    def _preview_roles(self):
        """Return the engine's `Roles` of who is ticked; each party is called by its role."""
        parties = {role: role for role in OPTIONAL if self[f"preview_{role}"]}
        who = "fulfiller" if self.preview_fulfiller else "hq"
        kept = max((self.preview_quantity or 1) - self.preview_back, 0)
        return Roles(parties, (Fulfiller(who, Decimal(str(kept))),))

    def _preview_amount_of(self, name):
        return round_half_up(Decimal(str(self[name] or 0)), self._preview_unit())

    def _preview_unit(self):
        return Decimal(str(self.currency_id.rounding or 0.01))
