from odoo import api, fields, models
from odoo.tools import SQL

from ..split.o2o_split_role import SPLIT_READERS

OPEN_STATES = ("open", "allocated")


class O2oSettlementPeriod(models.Model):
    """Claims hold the shares of their order, and the close until somebody bears the cost."""

    _inherit = "o2o.settlement.period"

    def _eligible_sql(self):
        """Override: what a claim holds isn't stated."""
        held = self.env["o2o.split.line"]._held_by_claim_sql()
        return SQL("%s AND NOT %s", super()._eligible_sql(), held)

    def _open_clearing_sql(self):
        """Override: a claim also holds what a dealer's sale moves (receipt, fee, transfers)."""
        self.env["o2o.claim"].flush_model(["state", "order_id"])
        held = SQL(
            """(k.kind IN ('receipt', 'fee', 'transfer') AND EXISTS (
                SELECT 1 FROM o2o_claim c WHERE c.order_id = k.order_id AND c.state IN %s))""",
            OPEN_STATES,
        )
        return SQL("%s AND NOT %s", super()._open_clearing_sql(), held)

    def _check_keys(self):
        """Override: claims come before what is only listed."""
        keys = super()._check_keys()
        keys.insert(keys.index("disputes"), "claims")
        return keys

    def _check_claims(self):
        claims = self.env["o2o.claim"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("date", "<=", self.date_to),
                ("state", "in", ("draft", *OPEN_STATES)),
                ("provided", "=", False),
            ]
        )
        title = self.env._("Claims are allocated or provided for")
        amount = sum(claims.mapped("amount"))
        wrong = self.env._("%(n)s not decided", n=len(claims))
        return title, not claims, amount, claims, wrong


class O2oSplitLine(models.Model):
    _inherit = "o2o.split.line"

    @api.model
    def _held_by_claim_sql(self):
        """Return the condition that an open claim holds split line ``l``."""
        self.env["o2o.claim"].flush_model(["state", "order_id", "dispatch_id"])
        return SQL(
            """EXISTS (SELECT 1 FROM o2o_claim c
                        WHERE c.order_id = l.order_id AND c.state IN %s
                          AND (c.dispatch_id IS NULL OR c.dispatch_id = l.dispatch_id))""",
            OPEN_STATES,
        )

    @api.model
    def _release_sql(self):
        """Override: not before the claim on the order is closed."""
        return SQL("%s AND NOT %s", super()._release_sql(), self._held_by_claim_sql())


class SaleOrder(models.Model):
    _inherit = "sale.order"

    o2o_claim_ids = fields.One2many(
        "o2o.claim",
        "order_id",
        string="Claims",
        copy=False,
        groups=SPLIT_READERS,
    )
    o2o_claim_count = fields.Integer(
        compute="_compute_o2o_claim_count", compute_sudo=True, groups="base.group_user"
    )

    @api.depends("o2o_claim_ids")
    def _compute_o2o_claim_count(self):
        counts = dict(
            self.env["o2o.claim"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.o2o_claim_count = counts.get(order, 0)

    def action_view_o2o_claims(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_claim_action"
        )
        return action | {
            "domain": [("order_id", "=", self.id)],
            "context": {"default_order_id": self.id},
        }
