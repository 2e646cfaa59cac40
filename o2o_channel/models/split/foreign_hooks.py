from odoo import models

# Addons whose overrides were read: on a document made here (no product, no sale line, no
# electronic invoicing) they do nothing that set-based SQL would leave out.
KNOWN_MODULES = frozenset(
    "base web mail portal bus analytic account account_payment account_edi_ubl_cii"
    " account_add_gln account_check_printing account_debit_note account_peppol account_qr_code_emv"
    " account_qr_code_sepa base_iban base_vat l10n_cn l10n_cn_city l10n_generic_coa"
    " product payment uom sales_team sale sale_management sale_stock stock stock_account"
    " purchase purchase_stock partnership phone_validation sms snailmail snailmail_account"
    " calendar resource barcodes rating spreadsheet_account utm digest o2o_channel".split()
)
# Odoo's code that makes a document; an unknown addon in it may do what a copy wouldn't.
MOVE_HOOKS = (
    "_post create write _compute_name _get_starting_sequence _get_last_sequence_domain"
    " _invoice_paid_hook _compute_partner_bank_id _compute_fiscal_position_id"
    " _compute_partner_shipping_id _inverse_name _hash_moves".split()
)
LINE_HOOKS = "create write _compute_name _compute_balance _compute_totals".split()


class AccountMove(models.Model):
    _inherit = "account.move"

    def _o2o_foreign_hooks(self, names):
        return _foreign_hooks(self, names)


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _o2o_foreign_hooks(self, names):
        return _foreign_hooks(self, names)


def _foreign_hooks(model, names):
    """Return addons that override one of the methods `names` and aren't known here."""
    return {
        getattr(cls, "_module", None)
        for cls in type(model).__mro__
        if getattr(cls, "_module", None)
        and cls._module not in KNOWN_MODULES
        and any(name in vars(cls) for name in names)
    }


def foreign_values(records):
    """Return the stored fields of unknown addons that have a value on the records."""
    return {
        name
        for name, field in records._fields.items()
        if (field.store or field.type == "many2many")
        and not set(field._modules) <= KNOWN_MODULES
        and any(record[name] for record in records)
    }
