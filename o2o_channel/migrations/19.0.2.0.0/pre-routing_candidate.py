def migrate(cr, version):
    """Candidates have no foreign keys any more: checking them locked every store."""
    for column in ("dispatch_id", "warehouse_id"):
        cr.execute(
            "ALTER TABLE IF EXISTS o2o_dispatch_candidate"
            f" DROP CONSTRAINT IF EXISTS o2o_dispatch_candidate_{column}_fkey"
        )
