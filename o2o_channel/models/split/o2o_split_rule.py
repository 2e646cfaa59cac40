from dataclasses import asdict, dataclass

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.split import SplitError, SplitRule
from ..order.o2o_match_mixin import Selector

# Set by the actions of the version's life, never by a form or a client.
VERSION_FIELDS = frozenset(
    "state version root_id approved_by_id approved_on superseded_on author_id".split()
)
# What may change on a version that is no longer a draft, beside what it is tried with.
LOOSE_FIELDS = frozenset(["message_main_attachment_id"])


@dataclass(frozen=True, slots=True)
class SplitSelector(Selector):
    """A selector that may name single products (ids of their templates)."""

    products: frozenset = frozenset()

    def matches(self, pattern):
        """Whether each filled criterion matches; services want a rule that names them."""
        product = pattern.get("product")
        named = not self.products or (product and product.id in self.products)
        if pattern.get("service") and not (self.products or self.categs):
            return False
        return bool(named and Selector.matches(self, pattern))


class O2oSplitRule(models.Model):
    """Who gets which part of an order line: one version of a rule.

    A rule matches an order line when each of its filled criteria matches; the first
    active one by sequence wins. Versions of one rule share ``root_id``. A version that
    is active, or was, is never edited: a new version takes its place.
    """

    _name = "o2o.split.rule"
    _description = "Split Rule"
    _inherit = ["mail.thread", "o2o.match.mixin"]
    _order = "sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        default=lambda self: self.env["ir.sequence"].next_by_code("o2o.split.rule"),
        help="Short name that all versions of the rule share, such as XR.",
    )
    version = fields.Integer(default=1, readonly=True, copy=False)
    root_id = fields.Many2one(
        "o2o.split.rule",
        string="First Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("superseded", "Superseded"),
            ("archived", "Archived"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        index=True,
    )
    product_ids = fields.Many2many(
        "product.template",
        string="Products",
        check_company=True,
        help="Only these. Empty: all goods of the product lines. A rule for products needs a "
        "lower sequence than the one for their product line: the first that fits is used.",
    )
    line_ids = fields.One2many(
        "o2o.split.rule.line", "rule_id", string="Shares", copy=True
    )
    absent_share_to = fields.Selection(
        [("hq", "Headquarters"), ("fulfiller", "Fulfilling Dealer")],
        string="Shares of Absent Roles Go To",
        required=True,
        default="hq",
        help="An order without a guide, for instance, has nobody to pay the guide's share to.",
    )
    remainder = fields.Selection(
        [
            ("residual", "The Residual Party"),
            ("largest", "The Largest Remainders"),
            ("first", "The First Shares"),
        ],
        string="Rounding Differences Go To",
        required=True,
        default="residual",
    )
    author_id = fields.Many2one(
        "res.users",
        string="Written By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
        help="The last one who changed the draft. Somebody else must activate it.",
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)
    superseded_on = fields.Datetime(readonly=True, copy=False)
    use_count = fields.Integer(compute="_compute_use_count", string="Split Lines")
    _version_uniq = models.UniqueIndex(
        "(company_id, code, version)",
        "The company already has this version of the rule: choose another code.",
    )
    _active_uniq = models.UniqueIndex(
        "(company_id, code) WHERE state = 'active'",
        "Only one version of a rule can be active.",
    )

    @api.depends("code", "version", "name")
    def _compute_display_name(self):
        for rule in self:
            rule.display_name = (
                f"{rule.code} v{rule.version}" if rule.code else rule.name
            )

    def _compute_use_count(self):
        counts = self.env["o2o.split.line"]._read_group(
            [("rule_id", "in", self.ids)], ["rule_id"], ["__count"]
        )
        by_rule = dict(counts)
        for rule in self:
            rule.use_count = by_rule.get(rule, 0)

    @api.constrains("line_ids", "date_from", "date_to")
    def _check_lines(self):
        for rule in self.filtered("line_ids"):
            rule._to_engine()

    # -- immutability -------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Begin as the user's own draft, whatever the context or a kept default says."""
        if not self.env.su:
            for vals in vals_list:
                if set(vals) & VERSION_FIELDS - {"author_id"}:
                    raise UserError(
                        self.env._(
                            "A new rule begins as draft, version 1: leave these to the buttons."
                        )
                    )
            own = dict.fromkeys(VERSION_FIELDS, False)
            own |= {"state": "draft", "version": 1, "author_id": self.env.uid}
            vals_list = [vals | own for vals in vals_list]
        return super().create(vals_list)

    def copy_data(self, default=None):
        """Override of models: a copy is a rule of its own and needs a code of its own."""
        return [
            vals
            if (default or {}).get("code")
            else dict(vals, code=f"{vals['code']}-copy")
            for vals in super().copy_data(default)
        ]

    def write(self, vals):
        """Refuse changes to used versions, and life-cycle fields outside the actions."""
        changed = {name for name in vals if not name.startswith("preview_")}
        changed -= LOOSE_FIELDS
        if changed & VERSION_FIELDS and not self.env.su:
            raise UserError(
                self.env._(
                    "Use the buttons Activate, New Version and Archive: %(fields)s can't be set by hand.",
                    fields=", ".join(sorted(changed & VERSION_FIELDS)),
                )
            )
        content = changed - VERSION_FIELDS
        if content:
            self._check_editable()
            if not self.env.su:
                vals = dict(vals, author_id=self.env.uid)
        return super().write(vals)

    def _note_author(self):
        """Remember who changed the draft last: somebody else must activate it."""
        if not self.env.su:
            # sudo: the author is set here and nowhere else
            self.sudo().write({"author_id": self.env.uid})

    def _check_editable(self):
        """Refuse changes to a version that is, or was, in force.

        Only data files and scripts may still fill one that no order was confirmed under.
        """
        fixed = self.filtered(lambda rule: rule.state != "draft")
        if self.env.su and fixed:
            uses = self.env["sale.order.line"]._read_group(
                [("o2o_split_rule_id", "in", fixed.ids)], ["o2o_split_rule_id"]
            )
            fixed &= self.browse(rule.id for (rule,) in uses)
        if fixed:
            raise UserError(
                self.env._(
                    "%(rule)s is %(state)s and can't be changed any more. Press New Version, "
                    "change that one and have it activated.",
                    rule=fixed[0].display_name,
                    state=dict(self._fields["state"]._description_selection(self.env))[
                        fixed[0].state
                    ],
                )
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        self._check_editable()

    def _get_selector(self, dated=True):
        """Override of the order room: products as well.

        :param dated: False leaves out when the rule holds
        """
        own = asdict(super()._get_selector())
        if not dated:
            own |= {"date_from": False, "date_to": False}
        return SplitSelector(**own, products=frozenset(self.product_ids.ids))

    # -- engine -------------------------------------------------------------
    def _terms_needed(self):
        """Return which of the fulfilling dealers' terms the shares depend on."""
        shares = self.line_ids
        needed = []
        if any(share.base in ("margin", "purchase") for share in shares):
            needed.append("purchase")
        if any(share.role == "subsidy" for share in shares):
            needed.append("guaranteed")
        return needed

    def _to_engine(self):
        """Return the rule as the engine's value.

        :raises ValidationError: with the engine's sentence on what to change
        """
        self.ensure_one()
        try:
            return SplitRule(
                tuple(line._to_engine() for line in self.line_ids),
                absent_to=self.absent_share_to,
                remainder=self.remainder,
                name=self.display_name,
            )
        except SplitError as error:
            raise ValidationError(self._error_text(error)) from error

    @api.model
    def _error_text(self, error):
        """Return what the engine complains of in the user's language."""
        values = error.values
        if error.code == "residual":
            return self.env._(
                "%(rule)s: %(count)s shares take the rest. Mark exactly one share with "
                "Takes the Rest.",
                **values,
            )
        if error.code == "percentages":
            return self.env._(
                "%(rule)s: the percentages add up to %(percent)s. Lower them to at most 100.",
                rule=values["rule"],
                percent=values["percent"],
            )
        if error.code == "subsidy":
            return self.env._(
                "A subsidy is counted on the Gap to the Guaranteed Margin, and nothing else "
                "is: choose both or neither."
            )
        if error.code == "purchase_list":
            return self.env._(
                "%(dealer)s has no pricelist of its own, so that its purchase price isn't "
                "known: set the Pricelist on the dealer's contact",
                dealer=values["dealer"],
            )
        if error.code == "purchase_price":
            return self.env._(
                "The purchase price of the goods isn't known, as no dealer delivers them: "
                "use a rule without margin or purchase price."
            )
        if error.code == "floor_price":
            return self.env._(
                "The floor price of the goods isn't known: use a rule without spread or "
                "floor price."
            )
        return str(error)
