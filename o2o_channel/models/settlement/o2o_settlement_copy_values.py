from odoo import models
from odoo.tools import SQL

NOTHING = {"tax_base": 0, "price": 0, "net": 0, "gross": 0}


class O2oSettlement(models.Model):
    """What copied documents say: numbers, payees, amounts; computed without a query each."""

    _inherit = "o2o.settlement"

    def _prepare_move_copies(self, copies):
        """Return the values of all documents of ``{statement: (sample, values)}``."""
        ids = self._next_ids("account_move", len(copies))
        numbers = self._last_numbers([sample for sample, _vals in copies.values()])
        moves = []
        for (statement, (sample, vals)), move_id in zip(
            copies.items(), ids, strict=True
        ):
            key = sample.journal_id.id, sample.sequence_prefix
            numbers[key] += 1
            form, parts = sample._get_sequence_format_param(sample.name)
            moves.append(
                {
                    "sample": sample.id,
                    "id": move_id,
                    "statement": statement.id,
                    "name": form.format(**(parts | {"seq": numbers[key]})),
                    "number": numbers[key],
                    "ref": vals["ref"],
                    "uid": self.env.uid,
                    "now": self.env.cr.now().isoformat(),
                    "vals": vals,
                }
                | statement._prepare_payee_copy(sample)
            )
        return moves

    def _prepare_payee_copy(self, sample):
        """Return what a document takes from its payee."""
        partner = self.partner_id
        values = {"partner": partner.id, "commercial": partner.commercial_partner_id.id}
        if sample.move_type == "entry":
            label = sample.invoice_partner_display_name or None
            return values | {"bank": None, "label": label}
        bank = self._bill_bank().id or None
        return values | {"bank": bank, "label": partner.display_name}

    def _last_numbers(self, samples):
        """Return ``{(journal id, prefix): last number}`` of the samples' sequences.

        By posting the samples Odoo has taken their numbers, and with them the place in the
        unique index at which every other posting in the journal waits for our commit.
        """
        self.env.cr.execute(
            SQL(
                """SELECT journal_id, sequence_prefix, MAX(sequence_number) FROM account_move
                    WHERE journal_id = ANY(%s) AND sequence_prefix = ANY(%s)
                    GROUP BY journal_id, sequence_prefix""",
                list({sample.journal_id.id for sample in samples}),
                list({sample.sequence_prefix for sample in samples}),
            )
        )
        return {(row[0], row[1]): row[2] for row in self.env.cr.fetchall()}

    def _bill_bank(self):
        """Return the bank account that Odoo would choose for a bill of this payee."""
        banks = self.partner_id.commercial_partner_id.bank_ids
        return banks.filtered(
            lambda bank: not bank.company_id or bank.company_id == self.company_id
        ).sorted(
            lambda bank: (
                bool(bank.currency_id) and bank.currency_id != self.currency_id,
                not bank.allow_out_payment,
            )
        )[:1]

    def _prepare_line_copies(self, moves):
        """Return the values of all lines; add the documents' amounts to `moves`."""
        samples = self.env["account.move"].browse({move["sample"] for move in moves})
        items = {move.id: move.line_ids.sorted("id") for move in samples}
        count = sum(len(items[move["sample"]]) for move in moves)
        ids = iter(self._next_ids("account_move_line", count))
        lines = []
        for move in moves:
            own = items[move["sample"]]
            is_entry = own.move_id.move_type == "entry"
            rows = (self._entry_amounts if is_entry else self._bill_amounts)(own, move)
            shared = {
                "move": move["id"],
                "move_name": move["name"],
                "ref": move["ref"],
                "partner": move["partner" if is_entry else "commercial"],
                "uid": move["uid"],
                "now": move["now"],
            }
            for item, row in zip(own, rows, strict=True):
                name = (item.name or "").replace(item.ref or "\0", move["ref"]) or None
                line = {"sample": item.id, "id": next(ids), "name": name}
                lines.append(shared | line | row)
            del move["vals"]
        return lines

    def _bill_amounts(self, items, move):
        """Return what differs in each line of a bill, and set the bill's own amounts."""
        currency = self.env.company.currency_id
        wanted = iter(move["vals"]["invoice_line_ids"])
        products, vats, bases = {}, {}, {}
        for item in items.filtered(lambda item: item.display_type == "product"):
            line, tax = next(wanted)[2], item.tax_ids
            amount = currency.round(line["price_unit"])
            vat = tax._o2o_plain_vat(line["price_unit"], currency)
            vats[tax.id] = currency.round(vats.get(tax.id, 0.0) + vat)
            bases[tax.id] = currency.round(bases.get(tax.id, 0.0) + amount)
            products[item.id] = {
                "name": line["name"],
                "balance": amount,
                "tax_base": 0,
                "price": line["price_unit"],
                "net": amount,
                "gross": currency.round(amount + vat),
            }
        move["net"] = currency.round(sum(bases.values()))
        move["vat"] = currency.round(sum(vats.values()))
        move["total"] = currency.round(move["net"] + move["vat"])
        return [
            products.get(item.id)
            or self._sum_line_amounts(item, bases, vats, move["total"])
            for item in items
        ]

    def _sum_line_amounts(self, item, bases, vats, total):
        """Return what differs in a tax line or in the line on the payable account."""
        if item.display_type == "payment_term":
            return NOTHING | {"balance": -total}
        tax = item.tax_line_id.id
        base = -abs(bases[tax]) if item.tax_base_amount < 0 else abs(bases[tax])
        return NOTHING | {"balance": vats[tax], "tax_base": base}

    def _entry_amounts(self, items, move):
        """Return what differs in each line of an entry, and set the entry's own amounts."""
        currency = self.env.company.currency_id
        rows = []
        for item, command in zip(items, move["vals"]["line_ids"], strict=True):
            balance = currency.round(command[2]["balance"])
            rows.append(
                {
                    "name": command[2]["name"],
                    "balance": balance,
                    "tax_base": 0,
                    "price": balance if item.price_unit else 0,
                    "net": balance if item.price_subtotal else 0,
                    "gross": balance if item.price_total else 0,
                }
            )
        move["net"] = move["vat"] = 0
        move["total"] = currency.round(
            sum(row["balance"] for row in rows if row["balance"] > 0)
        )
        return rows

    def _next_ids(self, table, count):
        self.env.cr.execute(
            SQL(
                "SELECT nextval(%s)::integer FROM generate_series(1, %s)",
                f"{table}_id_seq",
                count,
            )
        )
        return [next_id for (next_id,) in self.env.cr.fetchall()]
