OLD = "object.payee_kind == 'business'"
NEW = f"{OLD} or object.partner_id.user_ids"


def migrate(cr, version):
    """The mail of a statement links to its page for persons with a login, too."""
    cr.execute(
        """
        UPDATE mail_template t SET body_html = REPLACE(t.body_html::text, %(old)s, %(new)s)::jsonb
          FROM ir_model_data d
         WHERE d.module = 'o2o_channel' AND d.name = 'mail_template_o2o_settlement_sent'
           AND d.model = 'mail.template' AND d.res_id = t.id
           AND t.body_html::text LIKE %(found)s AND t.body_html::text NOT LIKE %(done)s
        """,
        {"old": OLD, "new": NEW, "found": f"%{OLD}%", "done": f"%{NEW}%"},
    )
