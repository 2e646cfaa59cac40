def migrate(cr, version):
    """Companies tell until when their settlement is closed."""
    cr.execute(
        """
        UPDATE res_company c
           SET o2o_closed_until = closed.day
          FROM (SELECT company_id, MAX(date_to) AS day
                  FROM o2o_settlement_period WHERE state = 'closed' GROUP BY company_id) closed
         WHERE closed.company_id = c.id
        """
    )
