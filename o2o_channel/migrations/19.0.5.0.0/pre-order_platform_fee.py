def migrate(cr, version):
    """Orders keep the platform's fee; so far it was the channel's of the day."""
    cr.execute(
        "ALTER TABLE sale_order ADD COLUMN IF NOT EXISTS o2o_platform_fee_percent numeric"
    )
    cr.execute(
        """SELECT 1 FROM information_schema.columns
            WHERE table_name = 'o2o_channel' AND column_name = 'platform_fee_percent'"""
    )
    if cr.fetchone():
        cr.execute(
            """UPDATE sale_order o SET o2o_platform_fee_percent = c.platform_fee_percent
                 FROM o2o_channel c
                WHERE c.id = o.o2o_channel_id AND c.platform_fee_percent != 0"""
        )
