"""Released split lines by the thousand; runs inside an Odoo shell.

One real entry is posted; everything else is copied from it by INSERT ... SELECT, so that
each line has its own posted item on the clearing account, as it has after deliveries: one
entry of four shares, shares of 10.00 to 59.99, four in five on goods (role fulfiller, 13 %
VAT), one in five on services (role origin, 6 % VAT), dealt out to the payees in turn.

`make` inserts posted lines, `make_unposted` lines that wait for posting, each four with an
order, order line and leg of their own.
"""

from odoo import Command, fields

PER_ENTRY = 4
AMOUNT = "(10 + (g.n * 37 % 4999) / 100.0)::numeric(16,2)"


class Rows:
    """A company with its payees, and split lines for them."""

    def __init__(self, env, payees):
        self.env, self.company = env, env.company
        self.company._o2o_setup_accounting()
        self.roles = env["o2o.split.role"].search(
            [("company_id", "=", self.company.id)]
        )
        tax = self.company.account_purchase_tax_id
        taxes = {
            percent: tax.copy(
                {
                    "name": f"VAT {percent} % of the benchmark",
                    "amount": percent,
                    "price_include_override": "tax_excluded",
                }
            )
            for percent in (6, 13)
        }
        for role in self.roles:
            role.bill_tax_id = taxes[13 if role.role == "fulfiller" else 6]
        self.partners = env["res.partner"].create(
            [
                {"name": f"Bench {number:05d}", "is_company": True}
                for number in range(payees)
            ]
        )
        product = env["product.product"].create({"name": "Fan", "list_price": 100.0})
        self.order = env["sale.order"].create(
            {
                "partner_id": self.partners[0].id,
                "order_line": [Command.create({"product_id": product.id})],
            }
        )
        self.made = 0

    def period(self, start):
        return self.env["o2o.settlement.period"].create(
            {
                "company_id": self.company.id,
                "date_from": fields.Date.to_date(start),
            }
        )

    def make(self, lines, day, settled=False):
        """Insert so many released, unstated split lines with their posted journal items.

        :param settled: on statements that are billed and paid: history that nothing is due of
        """
        self.day, self.sample, self.settled = day, self._post_sample(day), settled
        execute = self.env.cr.execute
        execute(
            "SELECT (SELECT MAX(id) FROM account_move), (SELECT MAX(id) FROM account_move_line)"
        )
        self.last_move, self.last_item = self.env.cr.fetchone()
        self._make_payees()
        self._make_entries(lines)
        self._make_items(lines)
        for table in ("account_move", "account_move_line"):
            execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")
        self._make_split_lines(lines, day)
        if settled:
            self._state_as_paid(day)
        self.made += lines
        self.env.invalidate_all()

    def make_unposted(self, lines, days):
        """Insert so many owed split lines without an entry, spread evenly over the days."""
        execute = self.env.cr.execute
        legs = lines // PER_ENTRY
        self._make_payees()
        sample = self.env["o2o.dispatch"].create(
            {"name": f"BENCH/{self.order.id}/{self.made}", "order_id": self.order.id}
        )
        self.env.flush_all()
        first = {}
        for table in ("sale_order", "sale_order_line", "o2o_dispatch"):
            execute(f"SELECT MAX(id) + 1 FROM {table}")
            first[table] = self.env.cr.fetchone()[0]
        source = f"generate_series(0, {legs - 1}) g(n)"
        number = f"{self.made} + g.n"
        order = {
            "id": f"{first['sale_order']} + g.n",
            "name": f"'B{self.order.id}-' || ({number})",
        }
        self._copy("sale_order", self.order, source, order)
        own = {"order_id": f"{first['sale_order']} + g.n"}
        line = {"id": f"{first['sale_order_line']} + g.n"} | own
        self._copy("sale_order_line", self.order.order_line, source, line)
        leg = {
            "id": f"{first['o2o_dispatch']} + g.n",
            "name": f"'B{self.order.id}-' || ({number}) || '/1'",
            "state": "'delivered'",
        } | own
        self._copy("o2o_dispatch", sample, source, leg)
        for table in first:
            execute(f"SELECT setval('{table}_id_seq', (SELECT MAX(id) FROM {table}))")
        self._insert_split_lines(
            lines,
            f"(%(days)s::date[])[1 + g.n / {PER_ENTRY} %% {len(days)}]",
            order=f"{first['sale_order']} + g.n / {PER_ENTRY}",
            line=f"{first['sale_order_line']} + g.n / {PER_ENTRY}",
            leg=f"{first['o2o_dispatch']} + g.n / {PER_ENTRY}",
            days=list(days),
        )
        self.made += lines
        self.env.invalidate_all()

    def _state_as_paid(self, day):
        """Put the lines of ``day`` on a paid statement per payee."""
        period = self.period(fields.Date.to_date(day).replace(day=1))
        self.env.flush_all()
        self.env.cr.execute(
            """
            WITH made AS (
                INSERT INTO o2o_settlement (
                    name, company_id, period_id, partner_id, date_from, date_to, state,
                    payee_kind, shares_billed, create_uid, create_date, write_uid, write_date)
                SELECT 'OLD/' || payee.id, p.company_id, p.id, payee.id, p.date_from, p.date_to,
                       'paid', 'business', TRUE, 1, now(), 1, now()
                  FROM payee, o2o_settlement_period p WHERE p.id = %s
                RETURNING id, partner_id, company_id)
            UPDATE o2o_split_line l SET statement_id = made.id, state = 'stated'
              FROM made
             WHERE l.partner_id = made.partner_id AND l.company_id = made.company_id
               AND l.date = %s
            """,
            [period.id, day],
        )

    def _make_payees(self):
        self.env.cr.execute("DROP TABLE IF EXISTS payee")
        self.env.cr.execute(
            "CREATE TEMP TABLE payee AS SELECT n - 1 AS n, id"
            " FROM unnest(%s) WITH ORDINALITY u(id, n)",
            [self.partners.ids],
        )

    def _post_sample(self, day):
        """Post the real entry that all others are copied from."""
        clearing, payee = self.company.o2o_clearing_account_id, self.partners[0]
        lines = [(self.roles[0].expense_account_id, False, 40.0)]
        lines += [(clearing, payee.id, -10.0)] * PER_ENTRY
        move = self.env["account.move"].create(
            {
                "journal_id": self.company.o2o_split_journal_id.id,
                "date": day,
                "line_ids": [
                    Command.create(
                        {
                            "account_id": account.id,
                            "partner_id": partner,
                            "balance": balance,
                        }
                    )
                    for account, partner, balance in lines
                ],
            }
        )
        move._post(soft=False)
        self.env.flush_all()
        return move

    def _make_entries(self, lines):
        number = f"{self.made} + g.n + 1"
        source = f"generate_series(0, {lines // PER_ENTRY - 1}) g(n)"
        self._copy(
            "account_move",
            self.sample,
            source,
            {
                "id": f"{self.last_move} + g.n + 1",
                "name": f"'BENCH/' || ({number})",
                "sequence_prefix": "'BENCH/'",
                "sequence_number": number,
            },
        )

    def _make_items(self, lines):
        expense = self.sample.line_ids.filtered(lambda item: item.balance > 0)
        clearing = (self.sample.line_ids - expense)[0]
        entry = f"g.n / {PER_ENTRY}"
        values = {"id": f"{self.last_item} + g.n + 1", "name": "'Split of S' || g.n"}
        values |= {"partner_id": "p.id", "debit": "0", "credit": AMOUNT}
        values |= dict.fromkeys(
            (
                "balance",
                "amount_currency",
                "amount_residual",
                "amount_residual_currency",
            ),
            f"-{AMOUNT}",
        )
        if self.settled:
            residuals = ("amount_residual", "amount_residual_currency")
            values |= dict.fromkeys(residuals, "0") | {"reconciled": "TRUE"}
        source = (
            f"generate_series(0, {lines - 1}) g(n)"
            f" JOIN payee p ON p.n = g.n % {len(self.partners)}"
        )
        self._copy("account_move_line", clearing, source, values | self._of(entry))
        source = (
            f"(SELECT {entry} AS e, SUM({AMOUNT}) AS total"
            f" FROM generate_series(0, {lines - 1}) g(n) GROUP BY 1) x"
        )
        values = {"id": f"{self.last_item} + {lines} + x.e + 1"}
        values |= dict.fromkeys(("debit", "balance", "amount_currency"), "x.total")
        self._copy("account_move_line", expense, source, values | self._of("x.e"))

    def _of(self, entry):
        return {
            "move_id": f"{self.last_move} + {entry} + 1",
            "move_name": f"'BENCH/' || ({self.made} + {entry} + 1)",
        }

    def _copy(self, table, sample, source, values):
        """INSERT INTO table SELECT the sample's row, some columns replaced, per source row."""
        self.env.cr.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = %s"
            " AND table_schema = current_schema",
            [table],
        )
        names = [name for (name,) in self.env.cr.fetchall()]
        picks = [values.get(name, f't."{name}"') for name in names]
        quoted = ", ".join(f'"{name}"' for name in names)
        self.env.cr.execute(
            f"INSERT INTO {table} ({quoted}) SELECT {', '.join(picks)}"
            f" FROM {table} t, {source} WHERE t.id = {sample.id}"
        )

    def _make_split_lines(self, lines, day):
        self._insert_split_lines(
            lines,
            "%(day)s::date",
            order=str(self.order.id),
            line=str(self.order.order_line.id),
            leg="NULL::int",
            move=f"{self.last_move} + g.n / {PER_ENTRY} + 1",
            item=f"{self.last_item} + g.n + 1",
            day=day,
        )

    def _insert_split_lines(
        self,
        lines,
        moment,
        *,
        order,
        line,
        leg,
        move="NULL::int",
        item="NULL::int",
        **values,
    ):
        self.env.cr.execute(
            f"""INSERT INTO o2o_split_line (
                    company_id, currency_id, order_id, order_line_id, dispatch_id, role,
                    partner_id, base, rate, amount, kind, posting, posting_key, date,
                    original_date, late, release_date, state, move_id, move_line_id,
                    create_uid, create_date, write_uid, write_date)
                SELECT %(company)s, %(currency)s, {order}, {line}, {leg},
                       CASE WHEN g.n %% 5 = 4 THEN 'origin' ELSE 'fulfiller' END, p.id, 1000,
                       6, {AMOUNT.replace("%", "%%")}, 'delivery', %(made)s + g.n,
                       'bench-{self.order.id}-' || %(made)s + g.n, {moment}, {moment}, FALSE, {moment} + 7,
                       'released', {move}, {item}, 1, now(), 1, now()
                  FROM generate_series(0, {lines - 1}) g(n)
                  JOIN payee p ON p.n = g.n %% {len(self.partners)}""",
            {
                "company": self.company.id,
                "currency": self.company.currency_id.id,
                "made": self.made,
                **values,
            },
        )
