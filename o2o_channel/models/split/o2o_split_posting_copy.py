from odoo import models
from odoo.tools import SQL

# The number follows the sample's, in the order in which Odoo numbers what is posted together.
NUMBERS = """
    UPDATE o2o_post_entry e
       SET sample = v.sample, id = nextval('account_move_id_seq'),
           number = v.last + v.place,
           name = v.prefix || LPAD((v.last + v.place)::text,
                                   GREATEST(v.width, LENGTH((v.last + v.place)::text)), '0')
                           || v.suffix
      FROM (SELECT o.entry, s.*, ROW_NUMBER() OVER (
                       PARTITION BY s.prefix ORDER BY o.date, o.ref COLLATE "C", o.entry) AS place
              FROM o2o_post_entry o
              JOIN unnest(%(samples)s::int[], %(months)s::text[], %(prefixes)s::text[],
                          %(suffixes)s::text[], %(widths)s::int[], %(lasts)s::int[])
                   s (sample, month, prefix, suffix, width, last)
                ON s.month = to_char(o.date, 'YYYYMM')
             WHERE o.id IS NULL) v
     WHERE e.entry = v.entry
"""
ITEM_IDS = """
    UPDATE o2o_post_item i SET id = v.id
      FROM (SELECT s.entry, s.side, s.first, nextval('account_move_line_id_seq') AS id
              FROM (SELECT * FROM o2o_post_item WHERE id IS NULL
                     ORDER BY entry, side, first) s) v
     WHERE i.entry = v.entry AND i.side = v.side AND i.first = v.first
"""
MOVES = """
    INSERT INTO account_move (%(names)s)
    SELECT %(values)s
      FROM o2o_post_entry v JOIN account_move t ON t.id = v.sample
      JOIN (SELECT entry, SUM(balance) AS total FROM o2o_post_item WHERE balance > 0
             GROUP BY entry) s ON s.entry = v.entry
     ORDER BY v.id
"""
LINES = """
    INSERT INTO account_move_line (%(names)s)
    SELECT %(values)s
      FROM o2o_post_entry v
      JOIN o2o_post_item i ON i.entry = v.entry
      JOIN unnest(%(samples)s::int[], %(sides)s::int[], %(items)s::int[]) k (sample, side, item)
        ON k.sample = v.sample AND k.side = i.side
      JOIN account_move_line t ON t.id = k.item
      JOIN account_account a ON a.id = i.account_id
      LEFT JOIN unnest(%(accounts)s::int[], %(labels)s::text[]) n (account, label)
             ON n.account = i.account_id
     ORDER BY i.id
"""
AUDIT = {
    "create_uid": "%(uid)s",
    "create_date": "%(now)s",
    "write_uid": "%(uid)s",
    "write_date": "%(now)s",
}
MOVE_COLUMNS = {
    "id": "v.id",
    "name": "v.name",
    "sequence_number": "v.number",
    "date": "v.date",
    "ref": "v.ref",
    "o2o_original_date": "v.day",
    "made_sequence_gap": "FALSE",
    "access_token": "NULL",
    "amount_total": "s.total",
    "amount_residual": "CASE WHEN t.amount_residual = 0 THEN 0 ELSE s.total END",
    "amount_total_signed": "SIGN(t.amount_total_signed) * s.total",
    "amount_total_in_currency_signed": "SIGN(t.amount_total_in_currency_signed) * s.total",
    "amount_residual_signed": "SIGN(t.amount_residual_signed) * s.total",
    **AUDIT,
}
RESIDUAL = (
    "CASE WHEN a.reconcile OR a.account_type IN ('asset_cash', 'liability_credit_card')"
    " THEN i.balance ELSE 0 END"
)
SAME = "CASE WHEN t.{0} = 0 THEN 0 WHEN t.{0} IS NOT NULL THEN i.balance END"
LINE_COLUMNS = {
    "id": "i.id",
    "move_id": "v.id",
    "move_name": "v.name",
    "date": "v.date",
    "date_maturity": "CASE WHEN t.date_maturity IS NOT NULL THEN v.date END",
    "ref": "v.ref",
    "name": "CASE i.side WHEN 0 THEN n.label"
    " ELSE REPLACE(%(label)s, %(subject)s, v.subject) END",
    "account_id": "i.account_id",
    "partner_id": "i.partner_id",
    "debit": "CASE WHEN t.is_storno THEN LEAST(i.balance, 0) ELSE GREATEST(i.balance, 0) END",
    "credit": "CASE WHEN t.is_storno THEN LEAST(-i.balance, 0) ELSE GREATEST(-i.balance, 0) END",
    "balance": "i.balance",
    "amount_currency": "i.balance",
    "amount_residual": RESIDUAL,
    "amount_residual_currency": RESIDUAL,
    "reconciled": "FALSE",
    "full_reconcile_id": "NULL",
    "matching_number": "NULL",
    "price_unit": SAME.format("price_unit"),
    "price_subtotal": SAME.format("price_subtotal"),
    "price_total": SAME.format("price_total"),
    **AUDIT,
}
SUBJECT = "\x01"  # stands for the orders or the day in a translated label


class O2oSplitLine(models.Model):
    """Entries copied from one of the same month that Odoo made and posted."""

    _inherit = "o2o.split.line"

    def _copy_entries(self, samples):
        """Make the remaining entries like the samples; return them."""
        self._number_entries(samples)
        self.env.cr.execute(ITEM_IDS)
        self._insert_like("account_move", MOVES, MOVE_COLUMNS)
        items = [
            (move.id, int(bool(item.partner_id)), item.id)
            for move in samples
            for item in move.line_ids.grouped(lambda i: bool(i.partner_id)).values()
            for item in item[:1]
        ]
        self._insert_like(
            "account_move_line",
            LINES,
            LINE_COLUMNS,
            samples=[row[0] for row in items],
            sides=[row[1] for row in items],
            items=[row[2] for row in items],
            **self._item_labels(samples.company_id),
        )
        self.env.cr.execute(
            "SELECT sample, id FROM o2o_post_entry WHERE sample IS NOT NULL ORDER BY id"
        )
        pairs = self.env.cr.fetchall()
        self._copy_chatter(pairs)
        self._forget_numbers()
        return self.env["account.move"].browse([new for _sample, new in pairs])

    def _number_entries(self, samples):
        """Give the entries their numbers behind the sample's, which holds the sequence."""
        suffixes = [_suffix(move) for move in samples]
        prefixes = samples.mapped("sequence_prefix")
        self.env.cr.execute(
            SQL(
                """SELECT sequence_prefix, MAX(sequence_number) FROM account_move
                    WHERE journal_id = %s AND sequence_prefix = ANY(%s) GROUP BY 1""",
                samples.journal_id.id,
                prefixes,
            )
        )
        lasts = dict(self.env.cr.fetchall())
        self.env.cr.execute(
            SQL(
                NUMBERS,
                samples=samples.ids,
                months=[f"{move.date:%Y%m}" for move in samples],
                prefixes=prefixes,
                suffixes=suffixes,
                widths=[
                    len(move.name) - len(prefix) - len(suffix)
                    for move, prefix, suffix in zip(
                        samples, prefixes, suffixes, strict=True
                    )
                ],
                lasts=[lasts[prefix] for prefix in prefixes],
            )
        )

    def _item_labels(self, company):
        """Return what the items' names are made of, in the language of who posts."""
        accounts = self.env["o2o.split.role"]._accounts(company).values()
        labels = {account.id: account.name for account in accounts}
        return {
            "accounts": list(labels),
            "labels": list(labels.values()),
            "label": self._posting_label(company, SUBJECT),
            "subject": SUBJECT,
        }

    def _insert_like(self, table, query, changed, **values):
        names = self._copied_columns(table)
        values |= {"uid": self.env.uid, "now": self.env.cr.now()}
        values["names"] = SQL(", ").join(map(SQL.identifier, names))
        values["values"] = SQL(", ").join(
            SQL(changed[name], **values)
            if name in changed
            else SQL.identifier("t", name)
            for name in names
        )
        self.env.cr.execute(SQL(query, **values))


def _suffix(move):
    """Return what stands behind the number in the entry's name."""
    return move.name[len(move.sequence_prefix) :].lstrip("0123456789")
