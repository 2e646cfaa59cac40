from odoo import Command, api, fields, models


class O2oSettlement(models.Model):
    """What is set against a payee's shares: collections, claims, fees, money held for it.

    Shares are billed in full whatever the payee owes; an entry between the payable and the
    clearing account then settles both. What the payee owes beyond that stays open and goes
    onto the next statement.
    """

    _inherit = "o2o.settlement"

    clearing_line_ids = fields.One2many(
        "o2o.clearing.line", "settlement_id", string="Offset Lines", readonly=True
    )
    amount_offsets = fields.Monetary(
        string="Offsets",
        readonly=True,
        help="Collections, claims, fees and money held for the payee, with those of earlier "
        "statements that were carried forward to here. Below zero: the payee owes it.",
    )
    amount_owed = fields.Monetary(
        string="Still Owed by Payee",
        compute="_compute_payable",
        help="What the shares don't cover of the offsets: it goes onto the next statement, or "
        "the payee pays it.",
    )
    offset_move_id = fields.Many2one(
        "account.move",
        string="Offset Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )

    def write(self, vals):
        """Override: offsets are written by the statement's own steps alone."""
        self._check_not_fixed(
            vals, ("clearing_line_ids", "amount_offsets", "offset_move_id")
        )
        return super().write(vals)

    @api.depends("amount_offsets")
    def _compute_payable(self):
        """Override: offsets add to or take from what the payee gets, down to zero."""
        super()._compute_payable()
        for statement in self:
            due = statement.currency_id.round(
                statement.amount_payable + statement.amount_offsets
            )
            statement.amount_payable = max(due, 0.0)
            statement.amount_owed = max(-due, 0.0)

    def action_cancel(self):
        """Override: the offsets are free again, too."""
        # sudo: they follow the statement, whose right is checked there
        lines = self.sudo().clearing_line_ids
        result = super().action_cancel()
        lines._free()
        return result

    def action_view_offsets(self):
        """Open the offsets of this statement and of those carried forward to it."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Offsets of %(name)s", name=self.name),
            "res_model": "o2o.clearing.line",
            "view_mode": "list,form",
            "domain": [("id", "in", self._offset_lines().ids)],
        }

    def _offset_lines(self):
        """Return the offsets of these statements, carried ones too, without remainders."""
        # sudo: payees have no rights on clearing lines; these are their own
        lines = self._with_carried().sudo().clearing_line_ids
        return lines.filtered(lambda line: line.kind != "carry")

    def _is_to_carry(self):
        """Override: what the payee owes or holds decides as well.

        Shares above zero are billed even when the payee owes more: the bill settles that.
        """
        self.ensure_one()
        currency, minimum = self.currency_id, self._minimum_payout()
        if currency.is_zero(self.amount_offsets):
            return super()._is_to_carry()
        if currency.compare_amounts(self.amount_total, 0.0) < 0:
            return True
        if currency.is_zero(self.amount_total):
            if self._role_rows()[self]:  # roles that cancel out, with VAT that doesn't
                return True
            enough = max(minimum, currency.rounding)
            return currency.compare_amounts(self.amount_payable, enough) < 0
        small = currency.compare_amounts(self.amount_payable, minimum) < 0
        return small and not currency.is_zero(self.amount_payable)

    # === The entry ===
    def _settle(self):
        """Override: once its document is posted, a statement's offsets are settled."""
        super()._settle()
        self.filtered(lambda s: not s.offset_move_id)._settle_offsets()

    def _make_documents(self):
        """Override: a statement of offsets alone has no document but their entry."""
        shares = self.filtered(lambda s: not s.currency_id.is_zero(s.amount_total))
        super(O2oSettlement, shares)._make_documents()
        alone = self - shares
        alone._settle_offsets()
        alone._reconcile_by_records()
        alone._note_shares_billed()
        alone._set(state="billed")

    def _settle_offsets(self):
        """Post what settles the offsets of these statements, reconcile both its sides."""
        if not self._offset_lines():  # read together for all
            return
        lines = {statement: statement._offset_lines() for statement in self}
        todo = self.filtered(lambda statement: lines[statement])
        used = {
            statement: statement._use_offsets(lines[statement]) for statement in todo
        }
        todo._post_offsets(used)
        for statement in todo:
            lines[statement]._internal().write({"state": "settled"})
            left = {
                line: line.amount - used[statement][line]
                for line in lines[statement]
                if not line.currency_id.is_zero(line.amount - used[statement][line])
            }
            lines[statement]._split_remainder(left)

    def _use_offsets(self, lines):
        """Return ``{line: amount used}``: all that is owed to the payee, and of what the
        payee owes as much as that and the payable cover, in the order of R9.4."""
        self.ensure_one()
        used = {line: line.amount for line in lines if line.amount > 0}
        cover = sum(used.values()) + self._amount_before_offsets()
        owed = lines - lines.browse().union(*used)
        for line in owed._offset_order():
            used[line] = -min(-line.amount, max(cover, 0.0))
            cover = self.currency_id.round(cover + used[line])
        return used

    def _amount_before_offsets(self):
        self.ensure_one()
        if self.currency_id.is_zero(self.amount_total):
            return 0.0
        return self.amount_total + self.amount_tax - self.amount_withheld

    def _post_offsets(self, used):
        """Post one entry per statement: clearing against payable, and reconcile both."""
        Move = self.env["account.move"].with_context(skip_is_manually_modified=True)
        sums = {s: s.currency_id.round(sum(used[s].values())) for s in self}
        entries = self.filtered(lambda s: not s.currency_id.is_zero(sums[s]))
        moves = Move.create([s._prepare_offset_vals(sums[s]) for s in entries])
        for statement, move in zip(entries, moves, strict=True):
            statement._set(offset_move_id=move.id)
        moves._post(soft=False)
        plan = []
        for statement in self:
            plan += statement._offset_reconciliation(used[statement])
        self.env["account.move.line"]._reconcile_plan(plan)

    def _prepare_offset_vals(self, amount):
        """Return the entry's values; ``amount`` above zero is owed to the payee."""
        clearing = self.company_id.o2o_clearing_account_id
        parts = [(clearing, amount), (self._payable_account(), -amount)]
        return {
            **self._prepare_date_vals(),
            "move_type": "entry",
            "journal_id": self.company_id._o2o_entry_journal().id,
            "ref": self.env._("Offsets of %(name)s", name=self.name),
            "o2o_settlement_id": self.id,
            "line_ids": [
                Command.create(
                    {
                        "name": self.env._("Offsets of %(name)s", name=self.name),
                        "account_id": account.id,
                        "partner_id": self.partner_id.id,
                        "balance": balance,
                    }
                )
                for account, balance in parts
            ],
        }

    def _payable_account(self):
        if self.payee_kind == "individual":
            return self.company_id.o2o_individual_account_id
        partner = self.partner_id.with_company(self.company_id)
        return partner.property_account_payable_id

    def _offset_reconciliation(self, used):
        """Return the reconciliation plan of this statement's offsets.

        Lines that are used up come before one that is used in part, so that what is left
        open in the ledger is what is left open of the lines.
        """
        lines = self.env["o2o.clearing.line"]
        full = lines.union(*(line for line in used if used[line] == line.amount))
        part = lines.union(*(line for line in used if used[line])) - full
        own = self.offset_move_id.line_ids
        clearing = self.company_id.o2o_clearing_account_id
        on_clearing = own.filtered(lambda item: item.account_id == clearing)
        payable = own - on_clearing
        groups = [[full._ledger_items() | on_clearing, part._ledger_items()]]
        if payable.balance > 0:
            document = (self.bill_id | self.move_id).line_ids
            groups.append([payable, document & self._open_payable_items(document)])
        return [
            [items.filtered(lambda item: not item.reconciled) for items in group]
            for group in groups
            if len(group[0] | group[1]) > 1
        ]

    def _open_payable_items(self, items):
        account = self._payable_account()
        return items.filtered(
            lambda item: (
                item.account_id == account and item.partner_id == self.partner_id
            )
        )

    # === Paying ===
    def _payable_items(self):
        """Override: money held for the payee is paid with the bill."""
        items = super()._payable_items()
        held = self.offset_move_id.line_ids.filtered(
            lambda item: (
                item.account_id.account_type == "liability_payable"
                and item.balance < 0
                and not item.reconciled
            )
        )
        return items | held

    @api.depends("offset_move_id.line_ids.amount_residual")
    def _compute_state(self):
        """Override: paid also means that money held for the payee is paid."""
        return super()._compute_state()

    def _is_paid(self):
        """Override: the bill or entry, and what is held for the payee."""
        self.ensure_one()
        # sudo: a payee sees the state without a right on entries
        held = self.sudo().offset_move_id.line_ids.filtered(
            lambda item: item.account_id.account_type == "liability_payable"
        )
        if not all(held.mapped("reconciled")):
            return False
        return bool(held and not (self.bill_id | self.move_id)) or super()._is_paid()
