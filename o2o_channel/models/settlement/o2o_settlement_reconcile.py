from odoo import models
from odoo.tools import SQL

# The journal items that belong to a document: those of its statement's split lines (and of
# those carried forward to it) and the document's own. Statement by statement and counted at
# once: from a long history the planner would expect many more lines than a new statement has.
OWNED = """
    CREATE TEMP TABLE o2o_settle_owned ON COMMIT DROP AS
    WITH RECURSIVE part (root, id) AS (
        SELECT s.id, s.id FROM o2o_settlement s WHERE s.id = ANY(%(ids)s)
         UNION
        SELECT p.root, c.id FROM part p JOIN o2o_settlement c ON c.carried_to_id = p.id
    )
    SELECT p.root, l.id
      FROM part p
     CROSS JOIN LATERAL (
        SELECT DISTINCT l.move_line_id AS id FROM o2o_split_line l
         WHERE l.statement_id = p.id AND l.move_line_id IS NOT NULL) l
     UNION
    SELECT s.id, i.id
      FROM o2o_settlement s
      JOIN res_company c ON c.id = s.company_id
      JOIN account_move_line i ON i.move_id IN (s.bill_id, s.move_id)
                              AND i.account_id = c.o2o_clearing_account_id
     WHERE s.id = ANY(%(ids)s)
"""
ANALYZE_OWNED = "ANALYZE o2o_settle_owned"
# One row per item. Amounts are unreconciled ones; `usable` says that plain SQL may deal with it.
ITEMS = """
    CREATE TEMP TABLE o2o_settle_item ON COMMIT DROP AS
    SELECT o.root, i.id, i.company_id, i.currency_id, COALESCE(i.date_maturity, i.date) AS due,
           i.date, i.amount_residual AS amount,
           i.parent_state = 'posted' AND i.matching_number IS NULL
           AND i.amount_residual = i.balance AND i.amount_currency = i.balance
           AND i.currency_id = i.company_currency_id
           AND i.account_id = c.o2o_clearing_account_id
           AND COUNT(*) OVER (PARTITION BY i.id) = 1 AS usable
      FROM o2o_settle_owned o
      JOIN account_move_line i ON i.id = o.id
      JOIN o2o_settlement s ON s.id = o.root
      JOIN res_company c ON c.id = s.company_id
     WHERE NOT i.reconciled
"""
# Statements whose items cancel out exactly, each with the number of its full reconciliation.
GROUPS = """
    CREATE TEMP TABLE o2o_settle_group ON COMMIT DROP AS
    SELECT root, nextval('account_full_reconcile_id_seq')::integer AS full_id
      FROM (SELECT root FROM o2o_settle_item GROUP BY root
            HAVING bool_and(usable) AND SUM(amount) = 0 ORDER BY root) good
"""
FULLS = """
    INSERT INTO account_full_reconcile (id, create_uid, create_date, write_uid, write_date)
    SELECT full_id, %(uid)s, %(now)s, %(uid)s, %(now)s FROM o2o_settle_group
"""
# Debits and credits lie side by side, each in Odoo's order (due day, amount); every end of
# an item ends a partial between the debit and the credit that lie there.
SIDES = """
    CREATE TEMP TABLE o2o_settle_side ON COMMIT DROP AS
    SELECT i.*, g.full_id, i.amount > 0 AS is_debit,
           SUM(ABS(i.amount)) OVER stream AS upto, ROW_NUMBER() OVER stream AS place
      FROM o2o_settle_item i JOIN o2o_settle_group g ON g.root = i.root
     WHERE i.amount != 0
    WINDOW stream AS (PARTITION BY i.root, i.amount > 0 ORDER BY i.due, i.amount, i.id
                      ROWS UNBOUNDED PRECEDING)
"""
PARTIALS = """
    WITH cut AS (
        SELECT root, upto, COUNT(*) FILTER (WHERE is_debit) AS debits,
               COUNT(*) FILTER (WHERE NOT is_debit) AS credits
          FROM o2o_settle_side GROUP BY root, upto
    ), pair AS (
        SELECT root, upto - LAG(upto, 1, 0) OVER w AS amount,
               (SUM(debits) OVER w - debits + 1)::bigint AS debit_place,
               (SUM(credits) OVER w - credits + 1)::bigint AS credit_place
          FROM cut WINDOW w AS (PARTITION BY root ORDER BY upto)
    )
    INSERT INTO account_partial_reconcile (
        debit_move_id, credit_move_id, full_reconcile_id, debit_currency_id,
        credit_currency_id, company_id, amount, debit_amount_currency,
        credit_amount_currency, max_date, create_uid, create_date, write_uid, write_date)
    SELECT d.id, c.id, d.full_id, d.currency_id, c.currency_id, d.company_id, p.amount,
           p.amount, p.amount, GREATEST(d.date, c.date), %(uid)s, %(now)s, %(uid)s, %(now)s
      FROM pair p
      JOIN o2o_settle_side d ON d.root = p.root AND d.is_debit AND d.place = p.debit_place
      JOIN o2o_settle_side c
        ON c.root = p.root AND NOT c.is_debit AND c.place = p.credit_place
     ORDER BY p.root, p.debit_place, p.credit_place
"""
ANALYZE = "ANALYZE o2o_settle_item, o2o_settle_group, o2o_settle_side"
RECONCILED = """
    UPDATE account_move_line i
       SET amount_residual = 0, amount_residual_currency = 0, reconciled = TRUE,
           full_reconcile_id = g.full_id, matching_number = g.full_id::text,
           write_uid = %(uid)s, write_date = %(now)s
      FROM o2o_settle_item own JOIN o2o_settle_group g ON g.root = own.root
     WHERE i.id = own.id
"""
STEPS = (
    OWNED, ANALYZE_OWNED, ITEMS, GROUPS, SIDES, ANALYZE, FULLS, PARTIALS, RECONCILED
)  # fmt: skip
SHARES_BILLED = """
    WITH RECURSIVE part (id) AS (
        SELECT s.id FROM o2o_settlement s WHERE s.id = ANY(%(ids)s)
         UNION
        SELECT c.id FROM part p JOIN o2o_settlement c ON c.carried_to_id = p.id
    )
    UPDATE o2o_settlement s
       SET shares_billed = TRUE, write_uid = %(uid)s, write_date = %(now)s
      FROM part WHERE s.id = part.id AND s.shares_billed IS NOT TRUE
"""


class O2oSettlement(models.Model):
    """Reconciling documents with what they pay, in a fixed number of SQL statements.

    `_reconcile_by_records` is the reference: what SQL writes equals what it writes. It also
    takes the statements whose items don't cancel out one to one, e.g. after somebody
    reconciled one of them by hand.
    """

    _inherit = "o2o.settlement"

    def _reconcile_documents(self):
        """Reconcile the posted documents with the split items they pay, and note it."""
        by_records = self
        if not self.env.context.get("o2o_by_records"):
            by_records -= self._reconcile_set_based()
        by_records._reconcile_by_records()
        self._note_shares_billed()

    def _reconcile_by_records(self):
        plan = []
        for statement in self:
            items = statement._clearing_lines() | statement._composition().move_line_id
            plan.append(items.filtered(lambda item: not item.reconciled))
        self.env["account.move.line"]._reconcile_plan(
            [items for items in plan if items]
        )

    def _reconcile_set_based(self):
        """Reconcile what SQL may; return these statements."""
        if not self or self._reconciling_is_extended():
            return self.browse()
        self.env.flush_all()
        values = {
            "ids": self.ids,
            "uid": self.env.uid,
            "now": self.env.cr.now(),
        }
        self.env.cr.execute(
            "DROP TABLE IF EXISTS"
            " o2o_settle_side, o2o_settle_group, o2o_settle_item, o2o_settle_owned"
        )
        for query in STEPS:
            self.env.cr.execute(SQL(query, **values))
        self.env.cr.execute("SELECT root FROM o2o_settle_group")
        done = self.browse([root for (root,) in self.env.cr.fetchall()])
        self.env.invalidate_all(flush=False)
        return done

    def _note_shares_billed(self):
        """Note it on the statements that were carried forward to these as well."""
        if (
            not self
        ):  # an entry of something else: what is pending there is written later
            return
        self.env.flush_all()
        self.env.cr.execute(
            SQL(SHARES_BILLED, ids=self.ids, uid=self.env.uid, now=self.env.cr.now())
        )
        self.invalidate_model(["shares_billed"])

    def _reconciling_is_extended(self):
        """Tell whether an addon does something of its own when items are reconciled."""
        return self.env["account.move.line"]._o2o_foreign_hooks(
            ("_reconcile_plan", "_reconcile_plan_with_sync", "_reconcile_post_hook")
        )
