from datetime import timedelta

from odoo import Command, api, fields, models

from .o2o_split_role import SPLIT_READERS

# code: (name, type, reconcile); the codes are those of a chart with 4-digit parents
ACCOUNTS = {
    "224110": ("O2O Split Clearing", "liability_current", True),
    "224120": ("Commissions Payable to Individuals", "liability_payable", True),
    "224130": ("Dealer Deposits", "liability_current", True),
    "222112": ("Individual Income Tax Withheld", "liability_current", False),
    "540110": ("Cost of Dealer-Fulfilled Goods", "expense_direct_cost", False),
    "560110": ("Channel Sharing Expense", "expense", False),
    "560111": ("Guide Commission", "expense", False),
    "560112": ("Dealer Price-Protection Subsidy", "expense", False),
    "560113": ("Delivery and Installation Expense", "expense", False),
    "560114": ("Claims Borne by Headquarters", "expense", False),
    "5051": ("Other Operating Income", "income", False),
    "122110": ("Other Receivable: Claims and Dealers", "asset_current", True),
}
# role: (expense account, VAT percentage of the payee's bill)
ROLE_DEFAULTS = {
    "fulfiller": ("540110", 13),
    "origin": ("560110", 6),
    "tier1": ("560110", 6),
    "guide": ("560111", 6),
    "crew": ("560113", 9),
    "platform": ("560110", 6),
    "subsidy": ("560112", 13),
}


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_clearing_account_id = fields.Many2one(
        "account.account",
        string="Split Clearing Account",
        check_company=True,
        domain="[('reconcile', '=', True), ('account_type', '=', 'liability_current')]",
        help="What the channel owes to each dealer, guide and crew until it is billed.",
    )
    o2o_split_journal_id = fields.Many2one(
        "account.journal",
        string="Split Journal",
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="Journal of the split entries. Keep it for them alone.",
    )
    o2o_fee_account_id = fields.Many2one(
        "account.account",
        string="Platform Fee Account",
        check_company=True,
        domain="[('account_type', 'in', ('income', 'income_other'))]",
        help="Income of headquarters where the dealer sells: its fee, without VAT.",
    )
    o2o_fee_tax_id = fields.Many2one(
        "account.tax",
        string="VAT on Platform Fees",
        check_company=True,
        domain="[('type_tax_use', '=', 'sale'), ('amount_type', '=', 'percent')]",
        help="VAT that comes on top of the fee, 6 % as a rule. Empty: none.",
    )
    o2o_split_posting = fields.Selection(
        [("per_dispatch", "Each Delivery"), ("daily", "Once a Day")],
        string="Split Entries",
        required=True,
        default="per_dispatch",
        help="Each delivery: an entry when it happens. Once a day: one entry for all shares "
        "of a day, posted the night after.",
    )
    o2o_return_window_days = fields.Integer(
        string="Return Window (Days)",
        default=7,
        help="A share is released for settlement this many days after delivery.",
    )
    o2o_guaranteed_margin = fields.Float(
        string="Guaranteed Dealer Margin (%)",
        digits=(16, 2),
        groups="base.group_user",
        default=5.0,
        help="On the purchase price. A rule with a subsidy tops the fulfilling dealer up to it.",
    )
    o2o_split_role_ids = fields.One2many(
        "o2o.split.role", "company_id", string="Split Roles", groups=SPLIT_READERS
    )

    _o2o_return_window_positive = models.Constraint(
        "CHECK (o2o_return_window_days >= 0)",
        "The return window can't be negative: enter 0 or more days.",
    )

    @api.constrains(
        "o2o_clearing_account_id",
        "o2o_split_journal_id",
        "o2o_fee_account_id",
        "o2o_fee_tax_id",
    )
    def _check_split_company(self):
        """Refuse another company's records: on companies nothing else does."""
        self._check_company(
            [
                name
                for name, field in self._fields.items()
                if name.startswith("o2o_") and field.relational and field.check_company
            ]
        )

    def _o2o_first_open_date(self, date):
        """Return ``date``, or the first day after it on which an entry may be posted."""
        self.ensure_one()
        journal = self.sudo().o2o_split_journal_id
        while locks := self._get_violated_lock_dates(date, False, journal):
            date = max(lock for lock, _field in locks) + timedelta(days=1)
        return date

    def _o2o_is_split_ready(self):
        """Tell whether split entries can be posted: clearing account and journal are set."""
        self.ensure_one()
        return bool(self.o2o_clearing_account_id and self.o2o_split_journal_id)

    def _o2o_is_agent_ready(self):
        """Tell whether a dealer's sale can be booked: the account of the fee is set, too."""
        return self._o2o_is_split_ready() and bool(self.o2o_fee_account_id)

    def _o2o_fee_vat(self):
        """Return ``(account, values of the item)`` of the VAT on the fee."""
        part = self.o2o_fee_tax_id.invoice_repartition_line_ids.filtered(
            lambda line: line.repartition_type == "tax"
        )[:1]
        tags = part.tag_ids.ids
        values = {"tax_tag_ids": [Command.set(tags)]} if tags else {}
        return part.account_id or self.o2o_fee_account_id, values

    def _o2o_setup_accounting(self):
        """Create what the channel's accounting lacks; run it as often as you like."""
        for company in self.with_context(lang=None):
            company = company.with_company(company)
            if not company.o2o_clearing_account_id:
                company.o2o_clearing_account_id = company._o2o_account("224110")
            if not company.o2o_split_journal_id:
                company.o2o_split_journal_id = company._o2o_journal(
                    "O2OS", "O2O Split", "general"
                )
            if not company.o2o_fee_account_id:
                company.o2o_fee_account_id = company._o2o_account("5051")
            if not company.o2o_fee_tax_id:
                company.o2o_fee_tax_id = company._o2o_sale_tax(6)
            company._o2o_setup_roles()

    def _o2o_setup_roles(self):
        """Give each role without a record its expense account and VAT."""
        existing = set(self.o2o_split_role_ids.mapped("role"))
        self.env["o2o.split.role"].create(
            [
                {
                    "company_id": self.id,
                    "role": role,
                    "expense_account_id": self._o2o_account(code).id,
                    "bill_tax_id": self._o2o_purchase_tax(percent).id,
                }
                for role, (code, percent) in ROLE_DEFAULTS.items()
                if role not in existing
            ]
        )

    def _o2o_account(self, code):
        """Return the channel's account ``code`` of `ACCOUNTS`, created when it is missing.

        An account of that code that serves something else is left alone: ours gets the
        next free code.
        """
        self.ensure_one()
        name, account_type, reconcile = ACCOUNTS[code]
        Account = self.env["account.account"].with_company(self)
        found = Account.search(
            [*Account._check_company_domain(self), ("code", "=", code)], limit=1
        )
        if found.account_type == account_type and (found.reconcile or not reconcile):
            return found
        return Account.create(
            {
                "code": Account._search_new_account_code(code) if found else code,
                "name": name,
                "account_type": account_type,
                "reconcile": reconcile,
                "company_ids": [Command.set(self.ids)],
            }
        )

    def _o2o_journal(self, code, name, journal_type):
        """Return the journal ``code`` of the company, created when it is missing."""
        self.ensure_one()
        Journal = self.env["account.journal"]
        domain = [
            ("company_id", "=", self.id),
            ("code", "=", code),
            ("type", "=", journal_type),
        ]
        return Journal.search(domain, limit=1) or Journal.create(
            {"code": code, "name": name, "type": journal_type, "company_id": self.id}
        )

    def _o2o_sale_tax(self, percent):
        """Return a tax-excluded sales tax of ``percent``, made of the usual one if need be."""
        found = self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self),
                ("type_tax_use", "=", "sale"),
                ("amount_type", "=", "percent"),
                ("amount", "=", percent),
                ("price_include_override", "!=", "tax_included"),
            ],
            limit=1,
        )
        usual = self.account_sale_tax_id
        if found or usual.amount_type != "percent":
            return found
        return usual.copy(
            {
                "name": f"{percent}% Fee",
                "amount": percent,
                "price_include_override": "tax_excluded",
            }
        )

    def _o2o_purchase_tax(self, percent):
        """Return a tax-excluded purchase tax of ``percent``, or none: the user picks one."""
        return self.env["account.tax"].search(
            [
                *self.env["account.tax"]._check_company_domain(self),
                ("type_tax_use", "=", "purchase"),
                ("amount_type", "=", "percent"),
                ("amount", "=", percent),
                ("price_include_override", "!=", "tax_included"),
            ],
            limit=1,
        )
