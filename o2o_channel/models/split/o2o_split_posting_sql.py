from odoo import Command, models
from odoo.tools import SQL

from .foreign_hooks import LINE_HOOKS, MOVE_HOOKS, foreign_values

TABLES = SQL("o2o_post_line, o2o_post_entry, o2o_post_item")
LOCK = "SELECT 1 FROM o2o_split_line l WHERE %(which)s ORDER BY l.id FOR NO KEY UPDATE"
# Each share with the first share of its entry and the first of its clearing item.
LINES = """
    CREATE TEMP TABLE o2o_post_line ON COMMIT DROP AS
    SELECT l.id, l.order_id, l.dispatch_id, l.partner_id, l.amount, l.original_date AS day,
           r.expense_account_id AS account_id,
           MIN(l.id) OVER (PARTITION BY %(key)s) AS entry,
           MIN(l.id) OVER (PARTITION BY %(key)s, l.partner_id, l.release_date, l.amount > 0)
               AS item
      FROM o2o_split_line l
      LEFT JOIN o2o_split_role r ON r.company_id = l.company_id AND r.role = l.role
     WHERE %(which)s
"""
# Orders and leg of an entry of one leg; the day where thousands of orders share it.
LEG_NAMES = """
    SELECT o.entry, CONCAT_WS(' ', STRING_AGG(o.name, ' ' ORDER BY o.first), MAX(d.name)) AS ref,
           STRING_AGG(o.name, ', ' ORDER BY o.first) AS subject
      FROM (SELECT p.entry, s.name, MIN(p.id) AS first, MAX(p.dispatch_id) AS dispatch_id
              FROM o2o_post_line p JOIN sale_order s ON s.id = p.order_id
             GROUP BY p.entry, s.id) o
      LEFT JOIN o2o_dispatch d ON d.id = o.dispatch_id
     GROUP BY o.entry
"""
DAY_NAMES = """
    SELECT entry, MIN(day)::text AS ref, MIN(day)::text AS subject
      FROM o2o_post_line GROUP BY entry
"""
ENTRIES = """
    CREATE TEMP TABLE o2o_post_entry ON COMMIT DROP AS
    SELECT n.entry, n.ref, n.subject, p.day, NULL::date AS date, NULL::int AS sample,
           NULL::int AS id, NULL::int AS number, NULL::varchar AS name
      FROM (%(names)s) n JOIN o2o_post_line p ON p.id = n.entry
"""
# Expense by account first, then clearing by party; each in the order of its first share.
ITEMS = """
    CREATE TEMP TABLE o2o_post_item ON COMMIT DROP AS
    SELECT entry, 0 AS side, MIN(id) AS first, account_id, NULL::int AS partner_id,
           SUM(amount) AS balance, NULL::int AS id
      FROM o2o_post_line GROUP BY entry, account_id HAVING SUM(amount) != 0
     UNION ALL
    SELECT entry, 1, item, %(clearing)s, MIN(partner_id), -SUM(amount), NULL::int
      FROM o2o_post_line GROUP BY entry, item
"""
LINK = """
    UPDATE o2o_split_line l
       SET move_id = e.id, move_line_id = i.id, date = e.date, late = e.date > e.day,
           write_uid = %(uid)s, write_date = %(now)s
      FROM o2o_post_line p
      JOIN o2o_post_entry e ON e.entry = p.entry
      JOIN o2o_post_item i ON i.side = 1 AND i.first = p.item
     WHERE l.id = p.id
"""


class O2oSplitLine(models.Model):
    """Posting many shares in a number of SQL statements that doesn't depend on them.

    Odoo itself makes and posts the first entry of each month (or all of them where it, the
    journal or another addon does something that a copy wouldn't); the others are copied from
    that one. What is written is what `_post_company_entries` writes record by record.
    """

    _name = "o2o.split.line"
    _inherit = ["o2o.split.line", "o2o.sql.copy"]

    def _post_set_based(self, company, which):
        """Post what has no entry yet of the company's shares ``which``; return the entries.

        :param SQL which: a condition on split line ``l``
        """
        self._flush_posting()
        which = SQL(
            "%s AND l.company_id = %s AND l.move_id IS NULL AND l.state NOT IN ('kept', 'passed')"
            " AND l.amount != 0",
            which,
            company.id,
        )
        lines = self._internal().with_company(company)
        if not company._o2o_is_split_ready() or not lines._load_posting(company, which):
            return self.env["account.move"]
        moves = lines._make_entries(company)
        self.env.cr.execute(SQL(LINK, uid=self.env.uid, now=self.env.cr.now()))
        for model in (self, moves, self.env["account.move.line"]):
            model.invalidate_model(flush=False)
        moves._o2o_link_corrected()
        return moves

    def _flush_posting(self):
        """Write what the queries read; what else a delivery has pending stays for later."""
        self.flush_model()
        self.env["account.move"].flush_model()
        self.env["account.move.line"].flush_model()
        self.env["sale.order"].flush_model(["name"])
        self.env["o2o.dispatch"].flush_model(["name"])
        self.env["o2o.split.role"].flush_model(["role", "expense_account_id"])

    def _load_posting(self, company, which):
        """Prepare entries and items in temporary tables; tell whether there is something to post.

        Taking the rows makes a second one wait that posts the same shares at once; once this
        one has committed, Odoo replays the second, which finds nothing.
        """
        execute = self.env.cr.execute
        execute(SQL(LOCK, which=which), log_exceptions=False)
        daily = company.o2o_split_posting == "daily"
        key = "l.original_date" if daily else "l.dispatch_id, l.original_date, l.kind"
        execute(SQL("DROP TABLE IF EXISTS %s", TABLES))
        execute(SQL(LINES, which=which, key=SQL(key)))
        execute("SELECT COUNT(*), BOOL_AND(account_id IS NOT NULL) FROM o2o_post_line")
        count, is_ready = self.env.cr.fetchone()
        if not count or not is_ready:
            return False
        execute(SQL(ENTRIES, names=SQL(DAY_NAMES if daily else LEG_NAMES)))
        execute(SQL(ITEMS, clearing=company.o2o_clearing_account_id.id))
        self._date_entries(company)
        execute(SQL("ANALYZE %s", TABLES))
        return True

    def _date_entries(self, company):
        """Date each day's entries on the day itself or the first open one after it."""
        self.env.cr.execute("SELECT DISTINCT day FROM o2o_post_entry")
        days = [day for (day,) in self.env.cr.fetchall()]
        dates = [company._o2o_first_open_date(day) for day in days]
        self.env.cr.execute(
            "UPDATE o2o_post_entry e SET date = v.date"
            " FROM unnest(%s::date[], %s::date[]) v (day, date) WHERE e.day = v.day",
            (days, dates),
        )

    def _make_entries(self, company):
        """Make the entries of the temporary tables; return all of them."""
        self.env.cr.execute(
            "SELECT entry, to_char(date, 'YYYYMM') FROM o2o_post_entry"
            ' ORDER BY date, ref COLLATE "C", entry'
        )
        months = {}
        for entry, month in self.env.cr.fetchall():
            months.setdefault(month, []).append(entry)
        copied = not self._is_posting_extended(company)
        firsts = [entries[0] for entries in months.values()]
        samples = self._create_entries(company, firsts if copied else None)
        if len(samples) == sum(map(len, months.values())):
            return samples
        if copied and all(self._is_entry_copyable(move) for move in samples):
            return samples | self._copy_entries(samples)
        return samples | self._create_entries(company)

    def _is_posting_extended(self, company):
        """Tell whether the journal or an addon wants something that copies wouldn't do."""
        journal = company.o2o_split_journal_id
        return (
            self.env.context.get("o2o_by_records")
            or journal.restrict_mode_hash_table
            or journal.currency_id
            or journal.sequence_override_regex
            or self.env["account.move"]._o2o_foreign_hooks(MOVE_HOOKS)
            or self.env["account.move.line"]._o2o_foreign_hooks(LINE_HOOKS)
        )

    def _is_entry_copyable(self, sample):
        """Tell whether copies of the posted sample can stand for what Odoo would make."""
        items = sample.line_ids
        return (
            sample.state == "posted"
            and not sample.inalterable_hash
            and set(items.mapped("display_type")) == {"product"}
            and not (items.tax_ids or items.tax_tag_ids or items.account_id.currency_id)
            and items.filtered(lambda item: not item.partner_id)
            and not (foreign_values(sample) | foreign_values(items))
        )

    def _create_entries(self, company, entries=None):
        """Let Odoo make and post these entries, or all that aren't made yet."""
        self.env.cr.execute(
            """SELECT e.entry, e.date, e.day, e.ref, e.subject, i.side, i.first, i.account_id,
                      i.partner_id, i.balance
                 FROM o2o_post_entry e JOIN o2o_post_item i ON i.entry = e.entry
                WHERE e.id IS NULL AND (%(entries)s IS NULL OR e.entry = ANY(%(entries)s))
                ORDER BY e.entry, i.side, i.first""",
            {"entries": entries},
        )
        rows = {}
        for row in self.env.cr.dictfetchall():
            rows.setdefault(row["entry"], []).append(row)
        moves = self.env["account.move"].create(
            [self._entry_vals(company, items) for items in rows.values()]
        )
        moves._post(soft=False)
        moves.flush_model()
        moves.line_ids.flush_model()
        self._note_entries(zip(rows.values(), moves, strict=True))
        return moves

    def _entry_vals(self, company, items):
        """Return the values of one entry of the temporary tables."""
        first = items[0]
        accounts = self.env["account.account"].browse
        label = self._posting_label(company, first["subject"])
        return {
            "move_type": "entry",
            "journal_id": company.o2o_split_journal_id.id,
            "company_id": company.id,
            "date": first["date"],
            "o2o_original_date": first["day"],
            "ref": first["ref"],
            "line_ids": [
                Command.create(
                    {
                        "account_id": item["account_id"],
                        "partner_id": item["partner_id"],
                        "name": label
                        if item["side"]
                        else accounts(item["account_id"]).name,
                        "balance": float(item["balance"]),
                        "analytic_distribution": False,
                    }
                )
                for item in items
            ],
        }

    def _note_entries(self, made):
        """Write the made entries and items into the temporary tables."""
        entries, items = [], []
        for rows, move in made:
            entries.append((rows[0]["entry"], move.id))
            own = move.line_ids.sorted("id")
            items += [
                (row["side"], row["first"], row["entry"], item.id)
                for row, item in zip(rows, own, strict=True)
            ]
        self.env.cr.execute(
            "UPDATE o2o_post_entry e SET id = v.id FROM unnest(%s::int[], %s::int[])"
            " v (entry, id) WHERE e.entry = v.entry",
            [list(column) for column in zip(*entries, strict=True)] or [[], []],
        )
        self.env.cr.execute(
            "UPDATE o2o_post_item i SET id = v.id"
            " FROM unnest(%s::int[], %s::int[], %s::int[], %s::int[])"
            " v (side, first, entry, id)"
            " WHERE i.side = v.side AND i.first = v.first AND i.entry = v.entry",
            [list(column) for column in zip(*items, strict=True)] or [[]] * 4,
        )
