def migrate(cr, version):
    """Statements tell that their shares are billed; the shares did so themselves before."""
    cr.execute(
        """
        UPDATE o2o_settlement s SET shares_billed = TRUE
         WHERE s.state IN ('billed', 'paid')
            OR EXISTS (SELECT 1 FROM o2o_split_line l
                        WHERE l.statement_id = s.id AND l.state = 'billed')
        """
    )
    cr.execute("UPDATE o2o_split_line SET state = 'stated' WHERE state = 'billed'")
