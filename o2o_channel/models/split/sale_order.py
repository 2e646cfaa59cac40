from odoo import api, fields, models
from odoo.exceptions import UserError

from .o2o_split_role import SPLIT_READERS
from .sale_order_line import SplitEvent


class SaleOrder(models.Model):
    """The split as seen from the order."""

    _inherit = "sale.order"

    o2o_split_line_ids = fields.One2many(
        "o2o.split.line",
        "order_id",
        string="Split Lines",
        readonly=True,
        copy=False,
        groups=SPLIT_READERS,
    )
    o2o_split_line_count = fields.Integer(
        compute="_compute_o2o_split_line_count",
        compute_sudo=True,
        string="Shares",
        groups=SPLIT_READERS,
    )
    o2o_split_note = fields.Char(
        compute="_compute_o2o_split_note",
        compute_sudo=True,
        string="Not Split Because",
        groups="base.group_user",
    )

    def _compute_o2o_split_line_count(self):
        counts = dict(
            self.env["o2o.split.line"]._read_group(
                [("order_id", "in", self.ids)], ["order_id"], ["__count"]
            )
        )
        for order in self:
            order.o2o_split_line_count = counts.get(order, 0)

    @api.depends("order_line.o2o_split_note")
    def _compute_o2o_split_note(self):
        for order in self:
            notes = filter(None, order.order_line.mapped("o2o_split_note"))
            order.o2o_split_note = "; ".join(dict.fromkeys(notes)) or False

    def _o2o_get_origin_share(self, dealer):
        """Override of the routing room: what was booked, else what the rule promises."""
        self.ensure_one()
        # sudo: the dealer's own share, which its portal shows
        booked = self.sudo().o2o_split_line_ids.filtered(
            lambda line: line.role == "origin" and line.partner_id == dealer
        )
        if booked:
            return self.currency_id.format(sum(booked.mapped("amount")))
        rules = self.sudo().order_line.o2o_split_rule_id
        texts = []
        for share in rules.line_ids.filtered(lambda line: line.role == "origin"):
            if share.kind == "fixed":
                texts.append(self.currency_id.format(share.rate))
            else:
                texts.append(f"{share.rate:g} %")
        return ", ".join(dict.fromkeys(texts))

    def _o2o_check_confirm(self):
        """Override of the order room: what is taken back has no split of its own."""
        for line in self.filtered("o2o_channel_id").order_line:
            if line.product_uom_qty < 0 and not line._is_discount_line():
                raise UserError(
                    self.env._(
                        "Order %(order)s: the quantity of %(line)s is %(quantity)s. Take "
                        "goods back with Return on their delivery, and money with a credit "
                        "note: both take the shares back too.",
                        order=line.order_id.name,
                        line=line.name,
                        quantity=line.product_uom_qty,
                    )
                )
        return super()._o2o_check_confirm()

    def _o2o_after_confirm(self):
        """Override of the order room: freeze rule and parties before anything is routed.

        An order whose place isn't known yet waits: region and tier-1 dealer hang on it.
        """
        placed = self.filtered(
            lambda order: order.state == "sale" and not order._o2o_needs_region()
        )
        # sudo: whoever confirms needn't be allowed to read split rules
        placed.order_line.sudo()._o2o_freeze_split()
        return super()._o2o_after_confirm()

    def action_o2o_split(self):
        """Post what is missing of the orders' splits, after a rule or price was put right."""
        self._o2o_check_may_post_split()
        self.order_line.sudo()._o2o_thaw_split()  # sudo: frozen fields, checked above
        for order in self:
            legs = order.dispatch_ids.filtered(lambda leg: not leg.o2o_split_line_ids)
            legs._o2o_split()
            event = SplitEvent(order.company_id._o2o_today(), order.dispatch_ids[-1:])
            order.order_line._o2o_converge_split(event)
        return True

    def _o2o_check_may_post_split(self):
        """Refuse whoever isn't a channel accountant of the orders' companies."""
        accountant = self.env.user.has_group("o2o_channel.o2o_group_accountant")
        if not accountant and not self.env.su:
            raise UserError(self.env._("Only a channel accountant posts splits."))
        self.check_access("read")

    def action_view_o2o_split(self):
        """Open the orders' split table."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {
            "domain": [("order_id", "in", self.ids)],
            "context": {"create": False},
        }
