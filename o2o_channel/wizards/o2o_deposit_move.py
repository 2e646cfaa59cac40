from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError


class O2oDepositMove(models.TransientModel):
    """Book a movement of a dealer's deposit: paid in, paid back, penalty, set against debts."""

    _name = "o2o.deposit.move"
    _description = "Deposit Movement"
    _check_company_auto = True

    partner_id = fields.Many2one("res.partner", string="Dealer", required=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    balance = fields.Monetary(string="Deposit Held", compute="_compute_balance")
    owed = fields.Monetary(
        string="Owed by Dealer",
        compute="_compute_balance",
        help="What the dealer owes beyond its open shares.",
    )
    operation = fields.Selection(
        [
            ("receive", "Dealer Pays In"),
            ("return", "Pay Back to Dealer"),
            ("penalty", "Take a Penalty"),
            ("cover", "Set against What the Dealer Owes"),
        ],
        required=True,
        default="receive",
        help="A penalty is income of headquarters and asks for the reason. Set against: the "
        "next statement finds so much less to offset.",
    )
    amount = fields.Monetary(required=True)
    date = fields.Date(
        required=True, default=lambda self: self.env.company._o2o_today()
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Bank or Cash",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
    )
    account_id = fields.Many2one(
        "account.account",
        string="Income Account",
        check_company=True,
        domain="[('internal_group', '=', 'income')]",
        help="Where the penalty is booked.",
    )
    reason = fields.Char(help="The dealer reads it on the portal.")
    applied = fields.Boolean(readonly=True)

    @api.depends("partner_id", "company_id")
    def _compute_balance(self):
        for move in self:
            move.company_id.check_access("read")
            # sudo: accountants of the channel need not have Odoo's accounting rights
            partner = move.partner_id.sudo()
            held = partner._o2o_deposits_held(move.company_id)
            open_balance = partner._o2o_open_balance(move.company_id)[partner.id]
            move.balance = held.get(partner.id, 0.0)
            move.owed = max(-open_balance, 0.0)

    def action_apply(self):
        """Book the movement and close; a second click books nothing."""
        self.ensure_one()
        self.company_id.check_access("read")  # booked with all rights below
        self._lock_partner()
        if not self.applied:
            self._check_movement()
            if self.operation == "cover":
                self._book_cover()
            else:
                self._book_entry()
            self.applied = True
        return {"type": "ir.actions.act_window_close"}

    def _lock_partner(self):
        """Let two movements of one deposit run one after the other."""
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE res_partner SET active = active WHERE id = %s", [self.partner_id.id]
        )
        self.invalidate_recordset(["balance", "owed", "applied"])

    def _check_movement(self):
        company, currency = self.company_id, self.company_id.currency_id
        company._o2o_check_set("o2o_deposit_account_id", "o2o_split_journal_id")
        if currency.compare_amounts(self.amount, 0.0) <= 0:
            raise ValidationError(self.env._("Enter an Amount above zero."))
        needed = {"receive": "journal_id", "return": "journal_id"}
        needed["penalty"] = "account_id"
        name = needed.get(self.operation)
        if name and not self[name]:
            raise ValidationError(
                self.env._(
                    "Choose the %(field)s.",
                    field=self._fields[name]._description_string(self.env),
                )
            )
        if self.operation == "penalty" and not (self.reason or "").strip():
            raise ValidationError(
                self.env._("Say under Reason what the penalty is for.")
            )
        limits = {"receive": None, "cover": min(self.balance, self.owed)}
        limit = limits.get(self.operation, self.balance)
        if limit is not None and currency.compare_amounts(self.amount, limit) > 0:
            raise UserError(
                self.env._(
                    "%(amount)s is more than the %(limit)s that can be taken: %(dealer)s has a "
                    "deposit of %(balance)s and owes %(owed)s.",
                    amount=currency.format(self.amount),
                    limit=currency.format(limit),
                    dealer=self.partner_id.display_name,
                    balance=currency.format(self.balance),
                    owed=currency.format(self.owed),
                )
            )

    def _text(self):
        labels = dict(self._fields["operation"]._description_selection(self.env))
        text = self.env._("Deposit: %(what)s", what=labels[self.operation])
        return f"{text}, {self.reason.strip()}" if self.reason else text

    def _book_entry(self):
        """Post deposit against bank or income; below zero is a credit of the deposit."""
        company = self.company_id
        incoming = self.operation == "receive"
        # sudo: as for the balance
        other = (
            self.account_id
            if self.operation == "penalty"
            else self.journal_id.sudo()._o2o_money_account(incoming)
        )
        sign = -1 if incoming else 1
        parts = [
            (company.o2o_deposit_account_id, sign * self.amount),
            (other, -sign * self.amount),
        ]
        journal = self.journal_id if self.operation != "penalty" else None
        # sudo: as for the balance; the group that may open this is the check
        move = self.env["account.move"].sudo()
        move = move.create(
            {
                "move_type": "entry",
                "journal_id": (journal or company.o2o_split_journal_id).id,
                "company_id": company.id,
                "date": company._o2o_first_open_date(self.date),
                "o2o_original_date": self.date,
                "o2o_booked_for": "deposit",
                "ref": self._text(),
                "line_ids": [
                    Command.create(
                        {
                            "name": self._text(),
                            "account_id": account.id,
                            "partner_id": self.partner_id.id,
                            "balance": balance,
                        }
                    )
                    for account, balance in parts
                ],
            }
        )
        move._post(soft=False)

    def _book_cover(self):
        account = self.company_id.o2o_deposit_account_id
        partner = {"partner_id": self.partner_id.id}
        self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company_id.id,
                    "partner_id": self.partner_id.id,
                    "kind": "deposit",
                    "amount": self.amount,
                    "date": self.date,
                    "name": self._text(),
                    "key": f"deposit/cover/{self.id}",
                    "res_model": "res.partner",
                    "res_id": self.partner_id.id,
                    "counterparts": [(account.id, self.amount, partner)],
                }
            ]
        )
