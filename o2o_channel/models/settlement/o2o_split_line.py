from odoo import api, fields, models
from odoo.tools import SQL


class O2oSplitLine(models.Model):
    _inherit = "o2o.split.line"

    statement_id = fields.Many2one(
        "o2o.settlement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model
    def _mark_stated_sql(self, period):
        """Return the SQL that puts the eligible lines on the draft statements of ``period``.

        The set-based twin of :meth:`_mark_stated`: one statement for all payees.
        """
        return SQL(
            """UPDATE o2o_split_line l SET statement_id = s.id, state = 'stated'
                 FROM o2o_settlement s
                WHERE s.period_id = %s AND s.state = 'draft' AND s.partner_id = l.partner_id
                  AND %s""",
            period.id,
            period._eligible_sql(),
        )
