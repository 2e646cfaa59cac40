def migrate(cr, version):
    """Users who keep rules and post may go on: the exception is written down as such."""
    cr.execute(
        "ALTER TABLE res_users ADD COLUMN IF NOT EXISTS o2o_both_duties_reason VARCHAR"
    )
    cr.execute(
        """
        WITH RECURSIVE held (uid, gid) AS (
            SELECT uid, gid FROM res_groups_users_rel
             UNION
            SELECT held.uid, implied.hid FROM held
              JOIN res_groups_implied_rel implied ON implied.gid = held.gid
        ), named AS (
            SELECT held.uid, data.module || '.' || data.name AS name FROM held
              JOIN ir_model_data data ON data.model = 'res.groups' AND data.res_id = held.gid
        )
        UPDATE res_users u SET o2o_both_duties_reason = 'Since before version 19.0.6.0.0'
         WHERE o2o_both_duties_reason IS NULL
           AND EXISTS (SELECT FROM named n WHERE n.uid = u.id
                          AND n.name = 'o2o_channel.o2o_group_manager')
           AND EXISTS (SELECT FROM named n WHERE n.uid = u.id
                          AND n.name = 'o2o_channel.o2o_group_accountant')
           AND NOT EXISTS (SELECT FROM named n WHERE n.uid = u.id
                              AND n.name = 'base.group_system')
        """
    )
