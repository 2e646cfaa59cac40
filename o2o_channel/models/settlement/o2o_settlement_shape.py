from odoo import models

from ..split.foreign_hooks import LINE_HOOKS, MOVE_HOOKS

BILL_TRAITS = (
    "property_supplier_payment_term_id",
    "property_account_payable_id",
    "property_outbound_payment_method_line_id",
    "property_account_position_id",
)
BILL_KEYS = frozenset(
    "move_type journal_id partner_id currency_id invoice_date date ref o2o_settlement_id"
    " invoice_line_ids o2o_original_date".split()
)
ENTRY_KEYS = frozenset(
    "move_type journal_id date ref o2o_settlement_id line_ids o2o_original_date".split()
)
BILL_LINE_KEYS = frozenset("name account_id quantity price_unit tax_ids".split())
ENTRY_LINE_KEYS = frozenset("name account_id partner_id balance".split())


class O2oSettlement(models.Model):
    """Which documents are alike: the same in all but payee, reference and amounts."""

    _inherit = "o2o.settlement"

    def _shapes(self, vals_by_statement):
        """Return ``{shape: statements}``; statements without a shape are left out.

        Everything in a document's values is part of its shape, and so is everything of the
        payee that Odoo looks at; what no shape can tell goes the long way.
        """
        shapes = {}
        if self.env.context.get("o2o_by_records") or self._is_making_extended():
            return shapes
        positions = self._fiscal_positions()
        for statement in self:
            vals = vals_by_statement[statement]
            shape = statement._shape(vals, positions[statement])
            if shape:
                shapes.setdefault(shape, []).append(statement)
        return shapes

    def _is_making_extended(self):
        """Tell whether the journals or an addon want something that copies wouldn't do."""
        company = self.env.company
        journals = company.o2o_bill_journal_id | company._o2o_entry_journal()
        return (
            any(
                journal.restrict_mode_hash_table
                or journal.currency_id
                or journal.sequence_override_regex
                or journal.is_self_billing
                for journal in journals
            )
            or bool(self.env["account.move"]._o2o_foreign_hooks(MOVE_HOOKS))
            or bool(self.env["account.move.line"]._o2o_foreign_hooks(LINE_HOOKS))
        )

    def _shape(self, vals, position):
        self.ensure_one()
        if vals["move_type"] == "in_invoice" and set(vals) <= BILL_KEYS:
            return self._bill_shape(vals, position)
        if vals["move_type"] == "entry" and set(vals) <= ENTRY_KEYS:
            return self._entry_shape(vals)
        return None

    def _bill_shape(self, vals, position):
        partner = self.partner_id.with_company(self.company_id)
        if partner.address_get(["delivery"])["delivery"] != partner.id:
            return None
        lines = [command[2] for command in vals["invoice_line_ids"]]
        known = all(
            set(line) <= BILL_LINE_KEYS and line["quantity"] == 1 and line["price_unit"]
            for line in lines
        )
        taxes = [self.env["account.tax"].browse(_tax_ids(line)) for line in lines]
        if not lines or not known or not all(tax._o2o_is_plain() for tax in taxes):
            return None
        vats = _vat_by_tax(lines, taxes, self.currency_id)
        total = sum(line["price_unit"] for line in lines) + sum(
            vat for vat, _base in vats.values()
        )
        if not total > self.currency_id.rounding / 2:
            return None
        return (
            "bill",
            *(
                vals["journal_id"],
                vals["currency_id"],
                vals["date"],
                vals["invoice_date"],
                vals.get("o2o_original_date"),
            ),
            partner.lang,
            partner.commercial_partner_id == partner,
            tuple(partner[name].id for name in BILL_TRAITS),
            position.id,
            tuple(
                (line["account_id"], tax.id, line["price_unit"] > 0)
                for line, tax in zip(lines, taxes, strict=True)
            ),
            tuple(
                (tax.id, _sign(vat), _sign(base)) for tax, (vat, base) in vats.items()
            ),
        )

    def _entry_shape(self, vals):
        lines = [command[2] for command in vals["line_ids"]]
        if not lines or any(set(line) != ENTRY_LINE_KEYS for line in lines):
            return None
        payee = self.partner_id.id
        if any(line["partner_id"] not in (payee, False) for line in lines):
            return None
        return (
            "entry",
            *(vals["journal_id"], vals["date"], vals.get("o2o_original_date")),
            self.partner_id.lang,
            self.partner_id.commercial_partner_id == self.partner_id,
            tuple(
                (line["account_id"], bool(line["partner_id"]), line["balance"] > 0)
                for line in lines
            ),
        )


def _tax_ids(line):
    """Return the ids in a bill line's ``[Command.set(ids)]``."""
    return [tax_id for command in line["tax_ids"] for tax_id in command[2]]


def _vat_by_tax(lines, taxes, currency):
    """Return ``{tax: (VAT, base)}``, both rounded per line and added up."""
    sums = {}
    for line, tax in zip(lines, taxes, strict=True):
        if tax:
            vat, base = sums.get(tax, (0.0, 0.0))
            amount = line["price_unit"]
            sums[tax] = (vat + tax._o2o_plain_vat(amount, currency), base + amount)
    return {
        tax: (currency.round(vat), currency.round(base))
        for tax, (vat, base) in sums.items()
    }


def _sign(amount):
    return (amount > 0) - (amount < 0)
