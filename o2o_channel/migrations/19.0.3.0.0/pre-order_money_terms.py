def migrate(cr, version):
    """Orders keep who sells and who collects. So far all were booked as if HQ had both."""
    cr.execute(
        """
        ALTER TABLE sale_order ADD COLUMN IF NOT EXISTS o2o_accounting_mode varchar;
        ALTER TABLE sale_order ADD COLUMN IF NOT EXISTS o2o_collector varchar;
        UPDATE sale_order o
           SET o2o_accounting_mode =
                   CASE WHEN o.state IN ('draft', 'sent') THEN c.accounting_mode ELSE 'principal' END,
               o2o_collector =
                   CASE WHEN o.state IN ('draft', 'sent') THEN c.collector ELSE 'hq' END
          FROM o2o_channel c
         WHERE c.id = o.o2o_channel_id
        """
    )
