from datetime import timedelta

from odoo import api, fields, models
from odoo.fields import Domain

from .o2o_online_authorization_flow import WARNING_DAYS
from .tools import CHANNEL_STAFF, run_in_batches


class ResPartner(models.Model):
    """What a dealer's record leads to: its areas, its shops, its contract's end."""

    _inherit = "res.partner"

    dealer_coverage_ids = fields.One2many(
        "o2o.coverage", "dealer_id", string="Coverage", groups=CHANNEL_STAFF
    )
    dealer_authorization_ids = fields.One2many(
        "o2o.online.authorization",
        "dealer_id",
        string="Online Authorisations",
        groups=CHANNEL_STAFF,
    )
    dealer_coverage_count = fields.Integer(
        compute="_compute_network_counts", groups=CHANNEL_STAFF
    )
    dealer_authorization_count = fields.Integer(
        compute="_compute_network_counts", groups=CHANNEL_STAFF
    )

    def _compute_network_counts(self):
        counts = {
            model: dict(
                self.env[model]._read_group(
                    [("dealer_id", "in", self.ids)], ["dealer_id"], ["__count"]
                )
            )
            for model in ("o2o.coverage", "o2o.online.authorization")
        }
        for dealer in self:
            origin = dealer._origin
            dealer.dealer_coverage_count = counts["o2o.coverage"].get(origin, 0)
            dealer.dealer_authorization_count = counts["o2o.online.authorization"].get(
                origin, 0
            )

    def action_open_dealer(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "res.partner",
            "res_id": self.id,
            "view_mode": "form",
            "views": [
                (self.env.ref("o2o_channel.res_partner_view_form_dealer").id, "form")
            ],
        }

    def action_open_coverage(self):
        return self._open_network_records(
            "o2o_channel.o2o_coverage_action", {"default_dealer_id": self.id}
        )

    def action_open_authorizations(self):
        return self._open_network_records(
            "o2o_channel.o2o_online_authorization_action",
            {"default_dealer_id": self.id},
        )

    def _open_network_records(self, xml_id, context):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(xml_id)
        return {
            **action,
            "domain": [("dealer_id", "=", self.id)],
            "context": context,
        }

    @api.model
    def _cron_check_contracts(self):
        """Warn of dealers' contracts that end within thirty days, once for each end."""
        limit = self.env.company._o2o_today() + timedelta(days=WARNING_DAYS)
        run_in_batches(
            self,
            Domain("is_dealer", "=", True)
            & Domain("dealer_state", "in", ("active", "suspended"))
            & Domain("dealer_contract_warned_on", "=", False)
            & Domain("dealer_contract_to", "<=", limit),
            "_warn_of_contract_end",
        )

    def _warn_of_contract_end(self):
        for dealer in self:
            company = dealer.company_id or self.env.company
            dealer.dealer_contract_warned_on = company._o2o_today()
            dealer.activity_schedule(
                "mail.mail_activity_data_todo",
                date_deadline=dealer.dealer_contract_to,
                summary=self.env._(
                    "Contract %(number)s ends: prolong it or close the dealer",
                    number=dealer.dealer_contract_ref or "",
                ),
                user_id=company._o2o_manager().id,
            )
