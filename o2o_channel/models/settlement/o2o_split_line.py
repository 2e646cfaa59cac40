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
    statement_state = fields.Selection(
        related="statement_id.state", string="Statement Status"
    )
    # Kept on the statement: a month's bills write hundreds of statements, not a million shares.
    billed = fields.Boolean(related="statement_id.shares_billed")

    @api.model
    def _unbilled_sql(self):
        """Return the condition that split line ``l`` is owed and not billed yet."""
        return SQL(
            """(l.state IN ('pending', 'released') OR l.state = 'stated'
                AND l.statement_id = ANY(ARRAY(
                    SELECT own.id FROM o2o_settlement own WHERE own.shares_billed IS NOT TRUE)))"""
        )

    @api.model
    def _mark_stated_sql(self, period):
        """Return the SQL that puts the eligible lines on the draft statements of ``period``.

        The set-based twin of :meth:`_mark_stated`: one statement for all payees.
        """
        return SQL(
            """UPDATE o2o_split_line l SET statement_id = s.id, state = 'stated'
                 FROM (%s) s
                WHERE s.partner_id = l.partner_id AND %s AND %s""",
            period._drafts_sql(),
            period._is_of_draft_sql(SQL("GREATEST(l.release_date, l.date)")),
            period._eligible_sql(),
        )
