def migrate(cr, version):
    """Drop indexes that every share was written into and nothing needed."""
    for column in ("state", "company_id", "release_date"):
        cr.execute(f"DROP INDEX IF EXISTS o2o_split_line__{column}_index")
