from datetime import datetime, time, timedelta, timezone

from odoo import api, fields, models
from odoo.exceptions import UserError

SMALL_SCALE_PERCENT = 1  # VAT that small-scale taxpayers pay in China


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_bill_journal_id = fields.Many2one(
        "account.journal",
        string="Dealer Bill Journal",
        check_company=True,
        domain="[('type', '=', 'purchase')]",
        help="Purchase journal of the bills that confirmed statements become.",
    )
    o2o_settlement_journal_id = fields.Many2one(
        "account.journal",
        string="Settlement Journal",
        check_company=True,
        domain="[('type', '=', 'general')]",
        help="Journal of what a statement books besides bills: payables to individuals, "
        "offsets, claims. With one of its own, settlement never waits for deliveries. "
        "Empty: the split journal.",
    )
    o2o_individual_account_id = fields.Many2one(
        "account.account",
        string="Commissions Payable to Individuals",
        check_company=True,
        domain="[('account_type', '=', 'liability_payable')]",
    )
    o2o_iit_account_id = fields.Many2one(
        "account.account",
        string="Income Tax Withheld",
        check_company=True,
        domain="[('account_type', '=', 'liability_current')]",
    )
    o2o_deposit_account_id = fields.Many2one(
        "account.account",
        string="Dealer Deposits",
        check_company=True,
        domain="[('account_type', '=', 'liability_current')]",
        help="What dealers have paid as security, or had kept back from their statements.",
    )
    o2o_minimum_payout = fields.Monetary(
        string="Minimum Payout",
        help="A statement with a smaller total is carried forward instead of being paid.",
    )
    o2o_post_bills = fields.Boolean(
        string="Post Bills on Confirmation",
        default=True,
        help="Off: confirming a statement leaves its bill as a draft for an accountant to post.",
    )

    o2o_require_dealer_invoice = fields.Boolean(
        string="Require the Payee's Tax Invoice",
        default=True,
        help="A dealer's bill is paid only after the dealer's own tax invoice (fapiao) is "
        "entered. One that differs from the bill blocks the payment in any case.",
    )

    o2o_claim_account_id = fields.Many2one(
        "account.account",
        string="Claims Receivable",
        check_company=True,
        domain="[('account_type', '=', 'asset_current')]",
        help="What was paid to consumers and isn't charged to anybody yet.",
    )
    o2o_claim_expense_account_id = fields.Many2one(
        "account.account",
        string="Claims Borne by Headquarters",
        check_company=True,
        domain="[('internal_group', '=', 'expense')]",
    )
    o2o_claim_days = fields.Integer(
        string="Answer to Claims (Days)",
        default=7,
        help="Within so many days the liable parties answer a claim.",
    )
    o2o_claim_limit = fields.Monetary(
        string="Approve Claims Above",
        groups="base.group_user",
        help="A claim of more is opened only after a second person approved it. 0: no limit.",
    )
    o2o_claim_approve_own = fields.Boolean(
        string="Approve What Headquarters Bears",
        groups="base.group_user",
        default=True,
        help="A claim of which headquarters bears a part itself is charged, and a claim "
        "is provided for, only after a second person approved it.",
    )
    o2o_auto_confirm_days = fields.Integer(
        string="Automatic Confirmation (Days)",
        default=5,
        help="A statement that was sent is confirmed after so many days in which the payee "
        "didn't object. 0: it waits for the payee or an accountant.",
    )
    o2o_send_short = fields.Boolean(
        string="Send Short Statements Automatically",
        help="Statements of a day, a week or half a month are sent to their payees by the job "
        "that makes them. Off: an accountant sends them.",
    )
    o2o_dispute_days = fields.Integer(
        string="Answer to Disputes (Days)",
        default=5,
        help="Within so many days headquarters answers a payee's objection to a line.",
    )

    _o2o_settlement_days_positive = models.Constraint(
        "CHECK (COALESCE(o2o_auto_confirm_days, 0) >= 0 AND COALESCE(o2o_dispute_days, 0) >= 0)",
        "Days can't be negative: enter 0 or more.",
    )
    _o2o_minimum_payout_positive = models.Constraint(
        "CHECK(o2o_minimum_payout IS NULL OR o2o_minimum_payout >= 0)",
        "The minimum payout must not be negative.",
    )

    @api.constrains(
        "o2o_bill_journal_id",
        "o2o_settlement_journal_id",
        "o2o_individual_account_id",
        "o2o_iit_account_id",
        "o2o_deposit_account_id",
        "o2o_claim_account_id",
        "o2o_claim_expense_account_id",
    )
    def _check_settlement_company(self):
        self._check_split_company()

    def _o2o_day_end_utc(self, day):
        """Return the moment (naive, UTC) at which the company's calendar day ``day`` is over."""
        after = datetime.combine(
            day + timedelta(days=1), time.min, self._o2o_timezone()
        )
        return after.astimezone(timezone.utc).replace(tzinfo=None)

    def _o2o_setup_accounting(self):
        """Override of the split room: the bill journal and the accounts for individuals."""
        super()._o2o_setup_accounting()
        for company in self.with_context(lang=None):
            company = company.with_company(company)
            if not company.o2o_bill_journal_id:
                name = self.env._("Dealer Bills")
                company.o2o_bill_journal_id = company._o2o_journal(
                    "O2OB", name, "purchase"
                )
            if not company.o2o_settlement_journal_id:
                company.o2o_settlement_journal_id = company._o2o_journal(
                    "O2OT", "O2O Settlement", "general"
                )
            if not company.o2o_individual_account_id:
                company.o2o_individual_account_id = company._o2o_account("224120")
            if not company.o2o_iit_account_id:
                company.o2o_iit_account_id = company._o2o_account("222112")
            if not company.o2o_deposit_account_id:
                company.o2o_deposit_account_id = company._o2o_account("224130")
            if not company.o2o_claim_account_id:
                company.o2o_claim_account_id = company._o2o_account("122110")
            if not company.o2o_claim_expense_account_id:
                company.o2o_claim_expense_account_id = company._o2o_account("560114")
            company._o2o_setup_small_scale_tax()

    def write(self, vals):
        """Override of base: the accounts that balances are read from stay once they are used."""
        for name in ("o2o_clearing_account_id", "o2o_deposit_account_id"):
            if name in vals:
                # sudo: only compared; the right to change it is Odoo's
                for company in self.sudo():
                    if company[name] and company[name].id != vals[name]:
                        company._o2o_check_account_unused(name)
        return super().write(vals)

    def _o2o_check_account_unused(self, name):
        """Refuse another account where this one has posted items of the company."""
        items = self.env["account.move.line"].search_count(
            [
                ("company_id", "=", self.id),
                ("account_id", "=", self[name].id),
                ("parent_state", "=", "posted"),
            ],
            limit=1,
        )
        if items:
            account = self[name].with_company(self)
            raise UserError(
                self.env._(
                    "%(field)s of %(company)s stays %(account)s: it has posted entries, and "
                    "what is owed is read from them. Rename the account if you want "
                    "another name.",
                    field=self._fields[name]._description_string(self.env),
                    company=self.name,
                    account=account.display_name,
                )
            )

    def _o2o_entry_journal(self):
        """Return the journal of entries that settlement posts."""
        return self.o2o_settlement_journal_id or self.o2o_split_journal_id

    def _o2o_own_journals(self):
        """Return the journals that splits and settlement keep for themselves."""
        return (
            self.o2o_split_journal_id
            | self.o2o_settlement_journal_id
            | self.o2o_bill_journal_id
        )

    def _o2o_setup_small_scale_tax(self):
        """Give each role with VAT the tax of small-scale taxpayers, made when it is missing."""
        self.ensure_one()
        roles = self.env["o2o.split.role"].search(
            [("company_id", "=", self.id), ("bill_tax_id", "!=", False)]
        )
        todo = roles.filtered(lambda role: not role.small_scale_tax_id)
        if todo:
            tax = self._o2o_purchase_tax(SMALL_SCALE_PERCENT) or todo[
                0
            ].bill_tax_id.copy(
                {
                    "name": self.env._(
                        "VAT %(percent)s%% (small-scale)", percent=SMALL_SCALE_PERCENT
                    ),
                    "invoice_label": f"{SMALL_SCALE_PERCENT}%",
                    "amount": SMALL_SCALE_PERCENT,
                }
            )
            todo.small_scale_tax_id = tax

    def _o2o_first_open_bill_date(self, date):
        """Return ``date``, or the first day after it on which a dealer's bill may be posted."""
        self.ensure_one()
        journal = self.sudo().o2o_bill_journal_id
        while True:
            date = self._o2o_first_open_date(date)
            locks = self._get_violated_lock_dates(date, True, journal)
            if not locks:
                return date
            date = max(lock for lock, _field in locks) + timedelta(days=1)

    def _o2o_check_settlement_set_up(self):
        """Raise and name the setting that is missing for statements and their documents."""
        self._o2o_check_set(
            "o2o_clearing_account_id",
            "o2o_split_journal_id",
            "o2o_bill_journal_id",
            "o2o_individual_account_id",
            "o2o_iit_account_id",
        )

    def _o2o_check_claims_set_up(self):
        """Raise and name the setting that is missing for claims."""
        self._o2o_check_set(
            "o2o_clearing_account_id",
            "o2o_split_journal_id",
            "o2o_claim_account_id",
            "o2o_claim_expense_account_id",
        )

    def _o2o_check_set(self, *names):
        self.ensure_one()
        missing = [self._fields[name] for name in names if not self.sudo()[name]]
        if missing:
            raise UserError(
                self.env._(
                    "Company %(company)s has no %(settings)s. Set it up in the settings of "
                    "O2O Channel.",
                    company=self.name,
                    settings=", ".join(
                        field._description_string(self.env) for field in missing
                    ),
                )
            )
