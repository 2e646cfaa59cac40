from odoo import api, fields, models

from ..network.tools import CHANNEL_STAFF

SPLIT_ROLES = [
    ("fulfiller", "Fulfilling Dealer"),
    ("origin", "Originating Dealer"),
    ("tier1", "Tier-1 Dealer of the Region"),
    ("guide", "Guide"),
    ("crew", "Service Crew"),
    ("hq", "Headquarters"),
    ("platform", "Platform"),
    ("subsidy", "Price-Protection Subsidy"),
]
# Who may see shares; dealers see their own through the portal's pages only.
SPLIT_READERS = CHANNEL_STAFF


class O2oSplitRole(models.Model):
    """How a company books a role's share: the expense account and the VAT of its bill."""

    _name = "o2o.split.role"
    _description = "Split Role Accounting"
    _order = "company_id, id"
    _check_company_auto = True

    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    role = fields.Selection(
        [role for role in SPLIT_ROLES if role[0] != "hq"],
        required=True,
        help="Headquarters has none: its share stays in revenue.",
    )
    expense_account_id = fields.Many2one(
        "account.account",
        required=True,
        check_company=True,
        help="Debited with the share at delivery, credited when goods come back.",
    )
    bill_tax_id = fields.Many2one(
        "account.tax",
        string="VAT on Bills",
        check_company=True,
        domain="[('type_tax_use', '=', 'purchase')]",
        help="Tax on the payee's bill for this share. Empty: a bill without tax.",
    )

    _role_uniq = models.Constraint(
        "UNIQUE (company_id, role)",
        "The company already has this role: change that record instead.",
    )

    @api.depends("role")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for record in self:
            record.display_name = labels.get(record.role, "")

    @api.model
    def _accounts(self, company):
        """Return ``{role: expense account}`` of the company."""
        return {
            record.role: record.expense_account_id
            for record in self.search([("company_id", "=", company.id)])
        }
