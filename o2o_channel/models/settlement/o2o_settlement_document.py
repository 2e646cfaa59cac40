from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .o2o_settlement import DECIDED_STATES


class O2oSettlement(models.Model):
    """Confirming a statement: the bill, the withholding entry, or the carry forward."""

    _inherit = "o2o.settlement"

    def action_confirm(self):
        """Agree to the statements and make their documents.

        A statement that is confirmed already stays as it is: a double click, or a second
        accountant, changes nothing.
        """
        self = self.browse(self.ids)  # noqa: PLW0642 - read together from here on
        self.check_access("write")
        self._lock()
        todo = self.filtered(lambda statement: statement.state not in DECIDED_STATES)
        todo._require_state(("draft", "sent"))
        # The whole change is noted at the end, in one go for all.
        todo = todo.with_context(mail_notrack=True, o2o_states_logged=True)
        before = {statement: statement.state for statement in todo}
        todo._check_set_up()
        todo._set(
            state="confirmed",
            confirmed_by_id=self.env.uid,
            confirmed_on=fields.Datetime.now(),
        )
        carried = todo.filtered(lambda statement: statement._is_to_carry())
        carried._set(carried=True)
        (todo - carried)._fix_withholding()
        for company, statements in (todo - carried).grouped("company_id").items():
            statements.with_company(company)._make_documents()
        self.browse(todo.ids)._log_states(before)
        return True

    def _is_to_carry(self):
        """Tell whether the total is too small to pay: not above zero, or under the minimum."""
        self.ensure_one()
        currency, minimum = self.currency_id, self._minimum_payout()
        if min(self.amount_total, self.amount_payable) < currency.rounding / 2:
            return True
        return currency.compare_amounts(self.amount_total, minimum) < 0

    def _minimum_payout(self):
        """Return what this payee's statement must at least come to: its own, or the company's."""
        self.ensure_one()
        # sudo: who confirms need not read the payee's terms
        own = self.partner_id.sudo().o2o_minimum_payout
        return own or self.company_id.sudo().o2o_minimum_payout

    def _check_set_up(self):
        """Raise when a company can't book what these statements need."""
        for company in self.company_id:
            company._o2o_check_settlement_set_up()

    # === Documents ===
    def _make_documents(self):
        """Create and post bills and withholding entries of statements of one company."""
        days = {s.date_to: s for s in self}
        self = self.with_context(  # noqa: PLW0642
            o2o_posting_dates={day: s._posting_date() for day, s in days.items()}
        )
        business = self.filtered(lambda statement: statement.payee_kind == "business")
        rows = business._role_rows()
        vals = {s: s._prepare_bill_vals(rows[s]) for s in business}
        vals |= {s: s._prepare_withholding_vals() for s in self - business}
        post = self.env.company.o2o_post_bills
        shapes = self._shapes(vals) if post else {}
        followers = {s for alike in shapes.values() for s in alike[1:]}
        self._make_by_records({s: vals[s] for s in self if s not in followers}, post)
        copies, rest = {}, self.browse()
        for sample, *alike in shapes.values():
            document = sample.bill_id or sample.move_id
            if alike and self._is_copyable(document):
                copies |= {s: (document, vals[s]) for s in alike}
            else:
                rest = rest.union(*alike)
        self._make_by_records({s: vals[s] for s in rest}, post)
        self._copy_documents(copies)

    def _make_by_records(self, vals, post):
        """Create documents of ``{statement: values}``, and post them if so wanted."""
        Move = self.env["account.move"].with_context(skip_is_manually_modified=True)
        documents = Move.create(list(vals.values()))
        for statement, document in zip(vals, documents, strict=True):
            if statement.payee_kind == "business":
                statement._set(bill_id=document.id)
            else:
                statement._set(move_id=document.id)
        if post:
            documents._post(soft=False)

    def _posting_date(self):
        """Return the last day of the statement, or the first open day after it."""
        self.ensure_one()
        found = self.env.context.get("o2o_posting_dates", {})
        return found.get(self.date_to) or self.company_id._o2o_first_open_bill_date(
            self.date_to
        )

    def _prepare_date_vals(self):
        """Return the dates of a document: in a closed month's place the first open day, with
        the day that it belongs to."""
        date = self._posting_date()
        late = {"o2o_original_date": self.date_to} if date != self.date_to else {}
        return {"date": date, **late}

    def _prepare_bill_vals(self, rows):
        """Return the vendor bill's values: one line per role on the clearing account."""
        self.ensure_one()
        dates = self._prepare_date_vals()
        return {
            **dates,
            "move_type": "in_invoice",
            "journal_id": self.company_id.o2o_bill_journal_id.id,
            "partner_id": self.partner_id.id,
            "currency_id": self.currency_id.id,
            "invoice_date": dates["date"],
            "ref": self.name,
            "o2o_settlement_id": self.id,
            "invoice_line_ids": [
                Command.create(self._prepare_bill_line_vals(r)) for r in rows
            ],
        }

    def _prepare_bill_line_vals(self, row):
        return {
            "name": self.env._(
                "%(role)s share, %(name)s", role=row["label"], name=self.name
            ),
            "account_id": self.company_id.o2o_clearing_account_id.id,
            "quantity": 1,
            "price_unit": row["amount"],
            "tax_ids": [Command.set(row["tax"].ids)],
        }

    def _prepare_withholding_vals(self):
        """Return the entry clearing -> payable to the person and income tax withheld."""
        self.ensure_one()
        company, total = self.company_id, self.amount_total
        tax = self._withholding()
        parts = [
            (company.o2o_clearing_account_id, total, self.partner_id),
            (company.o2o_individual_account_id, tax - total, self.partner_id),
            (company.o2o_iit_account_id, -tax, self.partner_id),
        ]
        return {
            **self._prepare_date_vals(),
            "move_type": "entry",
            "journal_id": company._o2o_entry_journal().id,
            "ref": self.name,
            "o2o_settlement_id": self.id,
            "line_ids": [
                Command.create(
                    {
                        "name": self.name,
                        "account_id": account.id,
                        "partner_id": partner.id,
                        "balance": self.currency_id.round(balance),
                    }
                )
                for account, balance, partner in parts
                if not self.currency_id.is_zero(balance)
            ],
        }

    # === Called by account.move._post ===
    def _clearing_lines(self):
        """Return the clearing items of the statements' own documents."""
        accounts = self.company_id.o2o_clearing_account_id
        moves = self.bill_id | self.move_id
        return moves.line_ids.filtered(lambda line: line.account_id in accounts)

    def _booked_on_clearing(self):
        """Return ``{statement id: balance of its documents on the clearing account}``."""
        self.env.flush_all()
        rows = self.env.execute_query(
            SQL(
                """SELECT s.id, SUM(i.balance)
                     FROM o2o_settlement s
                     JOIN res_company c ON c.id = s.company_id
                     JOIN account_move_line i ON i.move_id IN (s.bill_id, s.move_id)
                                             AND i.account_id = c.o2o_clearing_account_id
                    WHERE s.id = ANY(%s) GROUP BY s.id""",
                self.ids,
            )
        )
        return {statement_id: float(balance) for statement_id, balance in rows}

    def _check_document(self):
        """Raise when somebody changed a draft document away from what the payee agreed to."""
        on_clearing = self._booked_on_clearing()
        for statement in self:
            booked = on_clearing.get(statement.id, 0.0)
            if statement.currency_id.compare_amounts(booked, statement.amount_total):
                raise UserError(
                    self.env._(
                        "Bill of statement %(name)s: its lines on the clearing account come to "
                        "%(booked)s, the statement to %(total)s. Put the bill's lines back; "
                        "corrections belong on the next statement.",
                        name=statement.name,
                        booked=statement.currency_id.format(booked),
                        total=statement.currency_id.format(statement.amount_total),
                    )
                )

    def _settle(self):
        """Reconcile posted documents with the split items they pay; they are billed then."""
        self._reconcile_documents()
        self._set(state="billed")
