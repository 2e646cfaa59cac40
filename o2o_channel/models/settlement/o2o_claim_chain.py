from odoo import api, fields, models


class O2oClaim(models.Model):
    """The chain of responsibility behind a claim: that of its leg, or of the whole order."""

    _inherit = "o2o.claim"

    chain = fields.Html(
        string="Responsibility",
        compute="_compute_chain",
        sanitize=False,
        help="Who sold, promised, picked, carried, handed over and installed.",
    )

    @api.depends("order_id", "dispatch_id")
    def _compute_chain(self):
        for claim in self:
            order = claim.order_id
            legs = claim.dispatch_id or order.dispatch_ids
            claim.chain = bool(order) and order._o2o_chain_table(legs)


class ResPartner(models.Model):
    """The claims a partner was named in."""

    _inherit = "res.partner"

    o2o_claim_count = fields.Integer(
        compute="_compute_o2o_claim_count",
        groups="o2o_channel.o2o_group_manager,o2o_channel.o2o_group_accountant,"
        "o2o_channel.o2o_group_auditor,o2o_channel.o2o_group_approver",
    )

    def _compute_o2o_claim_count(self):
        counts = dict(
            self.env["o2o.claim.liability"]._read_group(
                [("partner_id", "in", self.ids)], ["partner_id"], ["__count"]
            )
        )
        for partner in self:
            partner.o2o_claim_count = counts.get(partner, 0)

    def action_view_o2o_claims(self):
        """Open the claims the partner is liable for, in part or in full."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_claim_action"
        )
        return action | {
            "name": self.env._("Claims of %(name)s", name=self.display_name),
            "domain": [("liability_ids.partner_id", "=", self.id)],
            "context": {},
        }
