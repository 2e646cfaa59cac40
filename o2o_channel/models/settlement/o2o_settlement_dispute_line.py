from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class O2oSettlement(models.Model):
    """Lines that a payee objects to leave the statement; the rest goes on."""

    _inherit = "o2o.settlement"

    dispute_ids = fields.One2many(
        "o2o.settlement.dispute", "settlement_id", string="Disputes", readonly=True
    )
    dispute_count = fields.Integer(compute="_compute_dispute_count", compute_sudo=True)

    @api.depends("dispute_ids")
    def _compute_dispute_count(self):
        counts = dict(
            self.env["o2o.settlement.dispute"]._read_group(
                [("settlement_id", "in", self.ids)], ["settlement_id"], ["__count"]
            )
        )
        for statement in self:
            statement.dispute_count = counts.get(statement, 0)

    def _dispute_line(self, line, reason):
        """Take a split or clearing line off this sent statement and hold it; return the dispute.

        :raise UserError: the statement is decided, or the line isn't one of its own
        """
        self.ensure_one()
        self._lock()
        self._require_state(("sent",))
        reason = (reason or "").strip()
        if not reason:
            raise ValidationError(
                self.env._("Say under Reason what is wrong with the line.")
            )
        is_share = line._name == "o2o.split.line"
        if line not in (self.line_ids if is_share else self.clearing_line_ids):
            raise UserError(
                self.env._(
                    "This line isn't on statement %(name)s any more.", name=self.name
                )
            )
        company = self.company_id
        dispute = self.env["o2o.settlement.dispute"].create(
            {
                "settlement_id": self.id,
                "split_line_id" if is_share else "clearing_line_id": line.id,
                "reason": reason,
                "deadline": company._o2o_today()
                + timedelta(days=company.o2o_dispute_days),
            }
        )
        if is_share:
            line._mark_stated(self.browse())
        else:
            line._free()
        self._add_up()
        self._seal()
        return dispute

    def _add_up(self):
        """Sum these statements again after a line has left."""
        self.env.flush_all()
        for period in self.period_id:
            self.env.cr.execute(period._add_up_sql(self.ids))
        self.invalidate_recordset()

    def action_view_disputes(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_settlement_dispute_action"
        )
        return action | {"domain": [("settlement_id", "=", self.id)], "context": {}}


class O2oSettlementPeriod(models.Model):
    _inherit = "o2o.settlement.period"

    def _eligible_sql(self):
        """Override: a disputed share waits for its answer."""
        return SQL(
            """%s AND NOT EXISTS (SELECT 1 FROM o2o_settlement_dispute d
                                   WHERE d.split_line_id = l.id AND d.state = 'open')""",
            super()._eligible_sql(),
        )

    def _open_clearing_sql(self):
        """Override: a disputed offset waits for its answer."""
        return SQL(
            """%s AND NOT EXISTS (SELECT 1 FROM o2o_settlement_dispute d
                                   WHERE d.clearing_line_id = k.id AND d.state = 'open')""",
            super()._open_clearing_sql(),
        )

    def _check_keys(self):
        """Override: disputes are known before a close; they don't stop it."""
        keys = super()._check_keys()
        keys.insert(keys.index("late"), "disputes")
        return keys

    def _check_disputes(self):
        disputes = self.env["o2o.settlement.dispute"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "=", "open"),
                ("settlement_id.date_to", "<=", self.date_to),
            ]
        )
        title = self.env._("Disputed lines are known")
        amount = sum(disputes.mapped("amount"))
        wrong = self.env._("%(n)s held until they are answered", n=len(disputes))
        return title, True, amount, disputes, wrong
