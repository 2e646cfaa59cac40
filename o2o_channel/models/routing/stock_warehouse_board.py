from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class StockWarehouse(models.Model):
    """What a store's own people set: a pause, and how they hear of offers."""

    _inherit = "stock.warehouse"

    o2o_paused_until = fields.Datetime(
        string="Paused Until",
        copy=False,
        help="Until then the store is offered nothing; what it has accepted it serves.",
    )
    o2o_pause_reason = fields.Char(string="Reason of the Pause", copy=False)
    o2o_is_paused = fields.Boolean(
        string="Paused",
        compute="_compute_o2o_is_paused",
        search="_search_o2o_is_paused",
    )
    o2o_offer_notice = fields.Selection(
        [
            ("mail", "Mail to the dealer's people"),
            ("activity", "Activity of headquarters, who calls the store"),
            ("none", "Nothing"),
        ],
        string="On Each Offer",
        default="mail",
        required=True,
        help="Each of the dealer's people may turn the mails off for themselves.",
    )

    o2o_accept_rate = fields.Float(
        string="Accept Rate",
        compute="_compute_o2o_accept_rate",
        groups="o2o_channel.o2o_group_manager,o2o_channel.o2o_group_accountant,"
        "o2o_channel.o2o_group_approver,o2o_channel.o2o_group_auditor",
    )

    def _compute_o2o_accept_rate(self):
        """Of the last 90 days; stores that were not asked have none."""
        groups = self.env["o2o.store.report"]._read_group(
            [("warehouse_id", "in", self.ids), ("date", ">=", "-90d")],
            ["warehouse_id"],
            ["accept_rate:avg"],
        )
        rates = {store.id: (rate or 0.0) / 100 for store, rate in groups}
        for store in self:
            store.o2o_accept_rate = rates.get(store.id, 0.0)

    @api.depends("o2o_paused_until")
    def _compute_o2o_is_paused(self):
        now = fields.Datetime.now()
        for store in self:
            store.o2o_is_paused = bool(
                store.o2o_paused_until and store.o2o_paused_until > now
            )

    @api.model
    def _search_o2o_is_paused(self, operator, value):
        if operator != "in":
            return NotImplemented
        paused = fields.Domain("o2o_paused_until", ">", fields.Datetime.now())
        return paused if True in value else ~paused

    @api.constrains("o2o_paused_until", "dealer_id")
    def _check_o2o_pause(self):
        for store in self.filtered("o2o_paused_until"):
            if not store.dealer_id:
                raise ValidationError(
                    self.env._(
                        "%(store)s has no dealer, so it gets no offers and can't be "
                        "paused.",
                        store=store.name,
                    )
                )

    def _o2o_pause(self, until, reason):
        """Offer nothing to the stores until a moment in the future."""
        if not until or until <= fields.Datetime.now():
            raise UserError(
                self.env._("Choose a moment in the future until which you pause.")
            )
        reason = (reason or "").strip()
        if not reason:
            raise UserError(self.env._("Say why the store takes no orders."))
        self.write({"o2o_paused_until": until, "o2o_pause_reason": reason})

    def action_o2o_resume(self):
        """Take offers again at once."""
        self.write({"o2o_paused_until": False, "o2o_pause_reason": False})
        return True

    def action_view_o2o_statistics(self):
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_store_report_action"
        )
        action["domain"] = [("warehouse_id", "in", self.ids)]
        action["context"] = {}
        return action
