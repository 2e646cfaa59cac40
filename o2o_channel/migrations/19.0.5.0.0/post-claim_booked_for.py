def migrate(cr, version):
    """Entries that claims booked before stay as they are, too."""
    cr.execute(
        """
        UPDATE account_move m SET o2o_booked_for = 'claim'
          FROM o2o_claim c WHERE m.id IN (c.move_id, c.provision_move_id)
        """
    )
