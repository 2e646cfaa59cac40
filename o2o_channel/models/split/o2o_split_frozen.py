from odoo import models
from odoo.tools import SQL

# What a share says: written with it and never again.
FROZEN_COLUMNS = (
    "company_id currency_id order_line_id order_id dispatch_id rule_id rule_line_id role"
    " moved_from partner_id base rate amount kind posting posting_base posting_key"
    " original_date release_date derivation create_uid create_date"
).split()
# Written once, when the entry is made.
ENTRY_COLUMNS = ("move_id", "move_line_id", "date")


class O2oSplitLine(models.Model):
    """The database itself refuses to change or delete a share, whoever asks.

    Uninstalling the addon drops the function with its triggers (`uninstall_hook`). A
    migration that has to refill a frozen column does it between ``ALTER TABLE o2o_split_line
    DISABLE TRIGGER o2o_split_line_frozen`` and ``ENABLE TRIGGER``, in one transaction.
    """

    _inherit = "o2o.split.line"

    def _init_frozen(self):
        """Create the triggers; called by `init`, on each installation and update."""
        changed = SQL(" OR ").join(
            SQL("OLD.%(c)s IS DISTINCT FROM NEW.%(c)s", c=SQL.identifier(name))
            for name in FROZEN_COLUMNS
        )
        watched = SQL(", ").join(
            SQL.identifier(name) for name in (*FROZEN_COLUMNS, *ENTRY_COLUMNS)
        )
        relinked = SQL(" OR ").join(
            SQL("OLD.%(c)s IS DISTINCT FROM NEW.%(c)s", c=SQL.identifier(name))
            for name in ENTRY_COLUMNS
        )
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION o2o_split_line_freeze() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'Split lines are append-only: %% refused', TG_OP
                    USING ERRCODE = 'check_violation',
                          HINT = 'Correct the delivery, return or credit note.';
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS o2o_split_line_frozen ON o2o_split_line;
            CREATE TRIGGER o2o_split_line_frozen BEFORE UPDATE OF %(watched)s ON o2o_split_line
                FOR EACH ROW
                WHEN (%(changed)s OR (OLD.move_id IS NOT NULL AND (%(relinked)s)))
                EXECUTE FUNCTION o2o_split_line_freeze();
            DROP TRIGGER IF EXISTS o2o_split_line_kept ON o2o_split_line;
            CREATE TRIGGER o2o_split_line_kept BEFORE DELETE ON o2o_split_line
                FOR EACH ROW EXECUTE FUNCTION o2o_split_line_freeze();
            DROP TRIGGER IF EXISTS o2o_split_line_all_kept ON o2o_split_line;
            CREATE TRIGGER o2o_split_line_all_kept BEFORE TRUNCATE ON o2o_split_line
                FOR EACH STATEMENT EXECUTE FUNCTION o2o_split_line_freeze();
            """,
                watched=watched,
                changed=changed,
                relinked=relinked,
            )
        )
