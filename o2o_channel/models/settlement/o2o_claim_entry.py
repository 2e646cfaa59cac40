from odoo import Command, models

from ..split.o2o_split_line import INTERNAL


class O2oClaim(models.Model):
    """What a claim posts: its cost, a provision, and the charges to the liable parties."""

    _inherit = "o2o.claim"

    def _book_cost(self):
        """Dr other receivable, Cr bank or outstanding payments (or payable to the consumer)."""
        company = self.company_id
        if self.journal_id:
            # sudo: who handles claims needn't see how payments are set up
            credit = self.journal_id.sudo()._o2o_money_account(incoming=False)
        else:
            consumer = self.consumer_id.with_company(company)
            credit = consumer.property_account_payable_id
        return self._post_entry(
            self.date,
            [
                (company.o2o_claim_account_id, self.amount),
                (credit, -self.amount),
            ],
            self.consumer_id,
        )

    def _book_provision(self):
        """Dr expense, Cr other receivable: in the claim's month, whose close waits for it."""
        company = self.company_id
        return self._post_entry(
            self.date,
            [
                (company.o2o_claim_expense_account_id, self.amount),
                (company.o2o_claim_account_id, -self.amount),
            ],
            self.consumer_id,
        )

    def _post_entry(self, day, parts, partner):
        company = self.company_id
        # sudo: who handles claims needn't have accounting rights of Odoo
        move = (
            self.env["account.move"]
            .sudo()
            .create(
                {
                    "move_type": "entry",
                    "journal_id": company._o2o_entry_journal().id,
                    "company_id": company.id,
                    "date": company._o2o_first_open_date(day),
                    "o2o_original_date": day,
                    "o2o_booked_for": "claim",
                    "ref": f"{self.name} {self.order_id.name}",
                    "line_ids": [
                        Command.create(
                            {
                                "name": self.name,
                                "account_id": account.id,
                                "partner_id": partner.id,
                                "balance": balance,
                            }
                        )
                        for account, balance in parts
                    ],
                }
            )
        )
        move._post(soft=False)
        return move

    def _reverse_entries(self):
        """Reverse what the claim booked, on the first day that is open."""
        today = self.company_id._o2o_today()
        values = {
            "date": self.company_id._o2o_first_open_date(today),
            "o2o_original_date": today,
            "o2o_booked_for": "claim",
            "ref": f"{self.name} {self.order_id.name}",
        }
        # sudo: who handles claims needn't have accounting rights of Odoo
        moves = (self.provision_move_id | self.move_id).sudo()
        for move in moves.with_context(o2o_reversing=INTERNAL):
            move._reverse_moves([values], cancel=True)

    def _book_parts(self, back=False):
        """Charge the liable parties in one entry, or take their charges back."""
        parts = self.liability_ids._parts()
        own = self.company_id.partner_id
        sign = 1 if back else -1
        charged = {p: amount for p, amount in parts.items() if p != own and amount}
        source = (
            self.company_id.o2o_claim_expense_account_id
            if self.provided
            else self.company_id.o2o_claim_account_id
        )
        rows = [
            self._prepare_charge(p, sign * float(a), back) for p, a in charged.items()
        ]
        if rows:
            total = sign * float(sum(charged.values()))
            consumer = {"partner_id": self.consumer_id.id}
            rows[0]["counterparts"] = [(source.id, total, consumer)]
        self.env["o2o.clearing.line"]._book(rows)
        borne = parts.get(own)
        if borne and not self.provided:
            expense = self.company_id.o2o_claim_expense_account_id
            self._post_entry(
                self.company_id._o2o_today(),
                [(expense, -sign * float(borne)), (source, sign * float(borne))],
                self.consumer_id,
            )

    def _prepare_charge(self, partner, amount, back):
        """Return a party's row of the entry that all charges of a closing share."""
        step = f"claim/{self.id}/{self.closing}{'/back' if back else ''}"
        return {
            "company_id": self.company_id.id,
            "partner_id": partner.id,
            "kind": "claim",
            "amount": amount,
            "date": self.company_id._o2o_today(),
            "name": self.env._(
                "Claim %(name)s, %(order)s", name=self.name, order=self.order_id.name
            ),
            "key": f"{step}/{partner.id}",
            "entry": step,
            "order_id": self.order_id.id,
            "res_model": self._name,
            "res_id": self.id,
            "counterparts": [],
        }
