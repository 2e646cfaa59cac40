from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL


class ResPartner(models.Model):
    """A dealer's deposit: what is agreed, what headquarters holds, and its movements."""

    _inherit = "res.partner"

    o2o_deposit_top_up = fields.Boolean(
        string="Fill Up Deposit from Statements",
        copy=False,
        tracking=True,
        help="What the deposit lacks of the agreed amount is kept back from the payee's "
        "next statements, after everything else it owes.",
    )
    o2o_deposit_top_up_percent = fields.Float(
        string="At Most of Each Statement (%)",
        copy=False,
        tracking=True,
        help="No more than so many percent of what a statement pays is kept for the deposit. "
        "0: all of it, until the deposit is full. Holds for statements made from then on.",
    )
    o2o_deposit_balance = fields.Monetary(
        string="Deposit Held",
        compute="_compute_o2o_deposit",
        compute_sudo=True,
        groups="o2o_channel.o2o_group_manager,o2o_channel.o2o_group_accountant,"
        "o2o_channel.o2o_group_auditor,o2o_channel.o2o_group_approver",
        help="Balance of the partner on the deposit account of the company at work.",
    )
    o2o_deposit_missing = fields.Monetary(
        string="Deposit Missing",
        compute="_compute_o2o_deposit",
        compute_sudo=True,
        groups="o2o_channel.o2o_group_manager,o2o_channel.o2o_group_accountant,"
        "o2o_channel.o2o_group_auditor,o2o_channel.o2o_group_approver",
    )

    _o2o_deposit_percent_range = models.Constraint(
        "CHECK (o2o_deposit_top_up_percent IS NULL OR"
        " o2o_deposit_top_up_percent BETWEEN 0 AND 100)",
        "At Most of Each Statement must be between 0 and 100 %.",
    )

    @api.depends("dealer_deposit")
    @api.depends_context("company")
    def _compute_o2o_deposit(self):
        held = self._o2o_deposits_held(self.env.company)
        for partner in self:
            partner.o2o_deposit_balance = held.get(partner.id, 0.0)
            partner.o2o_deposit_missing = max(
                partner.dealer_deposit - partner.o2o_deposit_balance, 0.0
            )

    @api.model
    def _o2o_deposits_sql(self, company):
        """Return the SELECT of ``partner_id, amount``: what ``company`` holds by its ledger."""
        self.env["account.move.line"].flush_model()
        return SQL(
            """SELECT i.partner_id, -SUM(i.balance) AS amount FROM account_move_line i
                WHERE i.company_id = %s AND i.account_id = %s AND i.parent_state = 'posted'
                  AND i.partner_id IS NOT NULL
                GROUP BY i.partner_id""",
            company.id,
            company.sudo().o2o_deposit_account_id.id or 0,
        )

    def _o2o_deposits_held(self, company):
        """Return ``{partner id: amount held}`` of these partners."""
        rows = self.env.execute_query(
            SQL(
                "SELECT * FROM (%s) held WHERE partner_id = ANY(%s)",
                self._o2o_deposits_sql(company),
                self.ids,
            )
        )
        return {partner_id: float(amount) for partner_id, amount in rows}

    def _check_may_close(self):
        """Override of the network room: a dealer whose deposit is held isn't closed."""
        # sudo: the deposit may be held in companies the user doesn't work in
        for company in self.env["res.company"].sudo().search([]):
            for partner_id, held in self._o2o_deposits_held(company).items():
                if not company.currency_id.is_zero(held):
                    raise UserError(
                        self.env._(
                            "Dealer %(name)s can't be closed: %(company)s holds a deposit of "
                            "%(amount)s. Pay it back or set it against what is owed first.",
                            name=self.browse(partner_id).name,
                            company=company.name,
                            amount=company.currency_id.format(held),
                        )
                    )
        return super()._check_may_close()

    @api.constrains("active")
    def _check_archived_settled(self):
        """A draft with a deposit, or a closed dealer charged late, stays in the lists."""
        hidden = self.filtered(
            lambda partner: not partner.active and partner.dealer_state
        )
        if not hidden:
            return
        amounts = hidden._o2o_open_balances()
        # sudo: the deposit may be held in companies the user doesn't work in
        for company in self.env["res.company"].sudo().search([]):
            for partner_id, held in hidden._o2o_deposits_held(company).items():
                if not company.currency_id.is_zero(held):
                    amounts[partner_id, company] = held
        for (partner_id, company), amount in amounts.items():
            if not company.currency_id.is_zero(amount):
                raise ValidationError(
                    self.env._(
                        "Dealer %(name)s can't be archived: %(amount)s of it is open in "
                        "%(company)s. Settle its shares and pay its deposit back first.",
                        name=self.browse(partner_id).name,
                        company=company.name,
                        amount=company.currency_id.format(amount),
                    )
                )

    def _o2o_deposits_missing(self, company):
        """Return ``{partner id: what is missing}`` of these partners."""
        held = self._o2o_deposits_held(company)
        return {
            partner.id: max(partner.dealer_deposit - held.get(partner.id, 0.0), 0.0)
            for partner in self
        }

    def _o2o_deposit_items(self, company):
        """Return the posted journal items of the deposit, the newest first."""
        self.ensure_one()
        return self.env["account.move.line"].search(
            [
                ("company_id", "=", company.id),
                ("account_id", "=", company.sudo().o2o_deposit_account_id.id),
                ("partner_id", "=", self.id),
                ("parent_state", "=", "posted"),
            ],
            order="date desc, id desc",
        )

    def action_o2o_deposit_items(self):
        """Open the movements of the deposit in the ledger."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Deposit of %(name)s", name=self.display_name),
            "res_model": "account.move.line",
            "view_mode": "list,form",
            "domain": [("id", "in", self._o2o_deposit_items(self.env.company).ids)],
        }
