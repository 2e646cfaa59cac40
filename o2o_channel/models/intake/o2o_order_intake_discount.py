from odoo import api, models

from ...engine import order_check


class O2oOrderIntake(models.AbstractModel):
    """Discounts on the whole order, entered as Odoo's own discount wizard enters them."""

    _inherit = "o2o.order.intake"

    @api.model
    def _add_discounts(self, order, payload):
        """Add a line per discount and combination of taxes, so that each tax is right."""
        for index, discount in enumerate(payload.get("discounts", ())):
            if float(discount["amount"]):
                self._add_discount(order, discount)
                self._check_discounted(order, payload, index)

    @api.model
    def _add_discount(self, order, discount):
        before = order.order_line
        wizard = self.env["sale.order.discount"].create(
            {
                "sale_order_id": order.id,
                "discount_type": "amount",
                "discount_amount": float(discount["amount"]),
            }
        )
        wizard.action_apply_discount()
        lines = order.order_line - before
        lines.o2o_discount_funder = discount.get("funder") or False
        if discount.get("name"):
            lines.name = discount["name"]

    @api.model
    def _check_discounted(self, order, payload, index):
        """See that the order costs to the cent what the discounts up to here leave of it."""
        decimals = order.currency_id.decimal_places
        so_far = payload | {"discounts": payload["discounts"][: index + 1]}
        total = order_check.order_total(so_far, decimals)
        if order.currency_id.compare_amounts(order.amount_total, float(total)):
            raise self._refusal(
                order_check.Problem(
                    order_check.pointer("discounts", index, "amount"),
                    payload["discounts"][index]["amount"],
                    "discount_tax",
                    {"total": str(total), "odoo": f"{order.amount_total:.{decimals}f}"},
                )
            )
