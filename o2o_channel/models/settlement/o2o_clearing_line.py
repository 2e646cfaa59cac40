from odoo import api, fields, models
from odoo.tools import SQL

# R9.4: in this order what a payee owes is taken from what it gets.
OFFSET_ORDER = ("claim", "penalty", "collected", "refund", "fee", "transfer")
LAST = "deposit"


class O2oClearingLine(models.Model):
    _inherit = "o2o.clearing.line"

    settlement_id = fields.Many2one(
        "o2o.settlement",
        string="Statement",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )

    @api.model
    def _mark_stated_sql(self, period):
        """Return the SQL that puts the open lines on the draft statements of ``period``."""
        return SQL(
            """UPDATE o2o_clearing_line k SET settlement_id = s.id, state = 'stated'
                 FROM (%s) s
                WHERE s.partner_id = k.partner_id AND %s AND %s""",
            period._drafts_sql(),
            period._is_of_draft_sql(SQL("GREATEST(k.release_date, k.date)")),
            period._open_clearing_sql(),
        )

    def _free(self):
        """Take the lines off their statements; the next ones take them up."""
        self._internal().write({"settlement_id": False, "state": "open"})

    def _offset_order(self):
        """Return the lines in the order in which they are set against what is owed."""
        places = {kind: place for place, kind in enumerate(OFFSET_ORDER)}
        places[LAST] = len(places) + 1
        return self.sorted(
            lambda line: (places.get(line.kind, len(places) - 1), line.date, line.id)
        )

    def _ledger_items(self):
        """Return the journal items behind the lines; a remainder's is that of its origin."""
        lines = todo = self.sudo()
        while todo := todo.origin_line_id - lines:
            lines |= todo
        return lines.move_line_id

    def _split_remainder(self, left):
        """Divide each line: what isn't used of it becomes an open line of its own.

        Nothing moves in the ledger, so the pair of new lines comes to zero.

        :param dict left: ``{line: amount not used}``, of the line's own sign
        """
        values = []
        for line, amount in left.items():
            shared = {
                "company_id": line.company_id.id,
                "partner_id": line.partner_id.id,
                "date": line.date,
                "original_date": line.original_date,
                "release_date": line.release_date,
                "order_id": line.order_id.id,
                "origin_line_id": line.id,
                "res_model": line.res_model,
                "res_id": line.res_id,
                "name": line.name,
            }
            key = f"{line.key}/{line.settlement_id.id}"
            values.append(
                {
                    **shared,
                    "kind": "carry",
                    "amount": -amount,
                    "key": f"{key}/carry",
                    "settlement_id": line.settlement_id.id,
                    "state": "settled",
                }
            )
            values.append(
                {**shared, "kind": line.kind, "amount": amount, "key": f"{key}/rest"}
            )
        return self._internal().create(values)
