from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oDealerChange(models.TransientModel):
    """A change of the network that needs a reason and a date: it stays on record."""

    _name = "o2o.dealer.change"
    _description = "Change a Dealer"

    dealer_ids = fields.Many2many("res.partner", string="Dealers", required=True)
    operation = fields.Selection(
        [
            ("suspend", "Suspend"),
            ("close", "Close"),
            ("move", "Put Under Another Dealer"),
        ],
        required=True,
        default="suspend",
    )
    parent_id = fields.Many2one(
        "res.partner",
        string="New Tier-1 Dealer Above",
        domain="[('is_dealer', '=', True), ('dealer_tier', '=', 'tier1'),"
        " ('dealer_state', '!=', 'closed'), ('id', 'not in', dealer_ids)]",
    )
    effective_date = fields.Date(
        string="As Of",
        required=True,
        default=lambda self: self.env.company._o2o_today(),
        help="The first day of the new state. It can't be before the dealer's last "
        "change, nor in the future.",
    )
    reason = fields.Char(required=True)
    balance_info = fields.Char(string="Open Balance", compute="_compute_balance_info")

    @api.depends("dealer_ids", "operation")
    def _compute_balance_info(self):
        for wizard in self:
            balances = wizard.dealer_ids._origin._o2o_open_balance()
            wizard.balance_info = ", ".join(
                f"{dealer.name}: "
                f"{self.env.company.currency_id.format(balances.get(dealer.id, 0.0))}"
                for dealer in wizard.dealer_ids._origin
            )

    def action_apply(self):
        self.ensure_one()
        today = self.env.company._o2o_today()
        if self.effective_date > today:
            raise UserError(
                self.env._(
                    "%(date)s lies in the future. Changes are recorded when they "
                    "happen: today is %(today)s.",
                    date=self.effective_date,
                    today=today,
                )
            )
        dealers = self.dealer_ids.with_context(
            o2o_effective_date=self.effective_date, o2o_reason=self.reason
        )
        getattr(self, f"_apply_{self.operation}")(dealers)
        for dealer in dealers:
            dealer.message_post(body=self._get_note())
        return {"type": "ir.actions.act_window_close"}

    def _apply_suspend(self, dealers):
        for dealer in dealers:
            if dealer.dealer_state != "active":
                raise UserError(
                    self.env._(
                        "Dealer %(name)s is not active and can't be suspended.",
                        name=dealer.name,
                    )
                )
        dealers.write({"dealer_state": "suspended"})

    def _apply_close(self, dealers):
        dealers.write({"dealer_state": "closed"})

    def _apply_move(self, dealers):
        if not self.parent_id:
            raise UserError(
                self.env._("Choose the tier-1 dealer that takes the dealers over.")
            )
        dealers.write({"dealer_tier": "tier2", "dealer_parent_id": self.parent_id.id})

    def _get_note(self):
        label = dict(self._fields["operation"]._description_selection(self.env))
        return self.env._(
            "%(operation)s as of %(date)s: %(reason)s",
            operation=label[self.operation],
            date=self.effective_date,
            reason=self.reason,
        )
