import re

from odoo import api, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .tools import add_ids_by_code

# A dealer of these kinds buys and resells under a contract, so it has a tier.
TIERED_KINDS = ("dealer", "franchise")
CODE_SHAPE = re.compile(r"[A-Z0-9][A-Z0-9._-]{0,15}")


class ResPartner(models.Model):
    """How a dealer is named and found: its code, imports, the people it has."""

    _inherit = "res.partner"

    def _check_dealer_code(self):
        self.ensure_one()
        if not self.dealer_code:
            return
        if not CODE_SHAPE.fullmatch(self.dealer_code):
            raise ValidationError(
                self.env._(
                    'Dealer code "%(code)s" of %(name)s: use 1 to 16 letters, digits, '
                    "dots, dashes or underscores, such as C2 or SC-0012.",
                    code=self.dealer_code,
                    name=self.name,
                )
            )

    @api.model
    def _check_code_free(self, vals_list, keep=()):
        """Name the dealer that holds a code, before the database refuses it.

        ``keep`` are the ids of the records that the values are written to.
        """
        codes = [vals["dealer_code"] for vals in vals_list if vals.get("dealer_code")]
        if not codes:
            return
        # sudo: a code may be held by a dealer that the user can't see
        holder = self.sudo().with_context(active_test=False)
        other = holder.search(
            [("dealer_code", "in", codes), ("id", "not in", list(keep))], limit=1
        )
        if other:
            raise ValidationError(
                self.env._(
                    "Dealer code %(code)s is already that of %(other)s. Choose another "
                    "code.",
                    code=other.dealer_code,
                    other=other.name,
                )
            )

    def _check_complete(self):
        """An active dealer can be named by shops and be paid by tier."""
        self.ensure_one()
        if not self.dealer_code:
            raise ValidationError(
                self.env._(
                    "%(name)s has no dealer code. Shops name a dealer by its code: "
                    "enter one before activating it.",
                    name=self.name,
                )
            )
        if self.dealer_kind in TIERED_KINDS and not self.dealer_tier:
            raise ValidationError(
                self.env._(
                    "Dealer %(name)s has no tier. Choose tier 1 or tier 2 before "
                    "activating it.",
                    name=self.name,
                )
            )

    @api.model
    def _search_display_name(self, operator, value):
        """Override of base: a dealer is also found by its whole code."""
        domain = super()._search_display_name(operator, value)
        values = value if operator == "in" else [value]
        codes = [one.strip().upper() for one in values if isinstance(one, str)]
        if operator in ("in", "ilike", "=ilike") and codes:
            return Domain(domain) | Domain("dealer_code", "in", codes)
        return domain

    @api.model
    def load(self, fields, data):
        """Override of the ORM: rows of a known dealer code update that dealer."""
        return super().load(
            *add_ids_by_code(
                self, "dealer_code", fields, data, lambda code: code.strip().upper()
            )
        )

    @api.model
    def get_import_templates(self):
        """Override of base: the dealers' list has a template of its own."""
        if not self.env.context.get("default_is_dealer"):
            return super().get_import_templates()
        return [
            {
                "label": self.env._("Import Template for Dealers"),
                "template": "/o2o_channel/static/xls/dealer_import_template.xlsx",
            }
        ]

    def _o2o_dealer(self):
        """The dealer that this contact works for or is; empty when there is none."""
        self.ensure_one()
        # sudo: the way up may pass contacts that a portal user can't read; only
        # the dealer's id leaves this method
        contact = self.sudo()
        while contact and not contact.is_dealer:
            contact = contact.parent_id
        return contact.with_env(self.env)
