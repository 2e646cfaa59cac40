from odoo import api, fields, models

from .o2o_split_role import SPLIT_READERS
from .sale_order_line import SplitEvent


class O2oDispatch(models.Model):
    """Delivery of a leg makes its share of the lines due."""

    _inherit = "o2o.dispatch"

    o2o_split_line_ids = fields.One2many(
        "o2o.split.line",
        "dispatch_id",
        string="Split Lines",
        readonly=True,
        groups=SPLIT_READERS,
    )

    o2o_is_split = fields.Boolean(
        string="Split",
        readonly=True,
        copy=False,
        groups="base.group_user",
        help="All that was due of this delivery is posted. A delivery has no split lines when "
        "nothing was due: a free line, or units credited before they arrived.",
    )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of the routing room: the terms of who is asked are kept from now on."""
        legs = super().create(vals_list)
        legs._o2o_freeze_terms()
        return legs

    def write(self, vals):
        """Override of the routing room: as for `create`, for legs that change hands."""
        result = super().write(vals)
        if vals.get("dealer_id"):
            self._o2o_freeze_terms()
        return result

    def _o2o_freeze_terms(self):
        for leg in self.filtered("dealer_id"):
            # sudo: who routes or takes an order needn't see purchase prices
            leg.sudo().line_ids.order_line_id._o2o_freeze_terms(leg.dealer_id)

    def _o2o_after_deliver(self):
        """Override of the routing room: what is delivered is split."""
        result = super()._o2o_after_deliver()
        self._o2o_split()
        return result

    def _o2o_split(self):
        """Split each delivered leg on its own day, the earlier one first."""
        legs = self.filtered("delivered_at").sorted(
            lambda leg: (leg.delivered_at, leg.id)
        )
        for index, leg in enumerate(legs, 1):
            day = leg.company_id._o2o_date(leg.delivered_at)
            # what is split already isn't taken away again to tell the days in their order
            pending = legs[index:].filtered(lambda leg: not leg.o2o_split_line_ids)
            event = SplitEvent(day, leg, pending)
            lines = leg.line_ids.order_line_id
            lines._o2o_converge_split(event)
            # what isn't delivered itself goes with the goods
            others = leg.order_id.order_line - lines
            others.filtered(lambda line: line._o2o_is_service())._o2o_converge_split(
                event
            )
            # sudo: whoever delivers may not write legs; only this says that it is split
            leg.sudo().o2o_is_split = not any(lines.sudo().mapped("o2o_split_note"))
            # sudo: a dealer who delivers can't read invoices
            order = leg.order_id.sudo()
            if order.o2o_collector == "fulfiller":  # it has the consumer's money now
                order.invoice_ids._o2o_book_collections(day)

    def action_view_o2o_split(self):
        """Open the legs' split table."""
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {
            "domain": [("dispatch_id", "in", self.ids)],
            "context": {"create": False},
        }
