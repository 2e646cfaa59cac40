from odoo import models

from ...engine.stock_file import without_tail


class O2oStockDeclaration(models.Model):
    """Where less is left than open deliveries have reserved."""

    _inherit = "o2o.stock.declaration"

    def _mark_short(self, vals_list, products):
        """Say where less is left than was reserved, and who it is reserved for."""
        short = self._short_products(products)
        for vals in vals_list:
            figures = short.get(vals["product_id"])
            if not figures or vals["outcome"] != "applied":
                continue
            text = self.env._(
                "%(left)s are left, but %(reserved)s are reserved: %(for)s.",
                left=without_tail(figures["left"]),
                reserved=without_tail(figures["reserved"]),
                **{"for": figures["for"]},
            )
            remarks = (vals.get("problem"), text)
            vals |= {"is_short": True, "problem": " ".join(filter(None, remarks))}

    def _short_products(self, products):
        """{product id: what is left, reserved and for whom} where it is too little."""
        groups = self.env["stock.quant"]._read_group(
            [
                ("product_id", "in", products.ids),
                ("location_id", "in", self._pool_ids()),
            ],
            ["product_id"],
            ["quantity:sum", "reserved_quantity:sum"],
        )
        short = {
            product.id: {"left": quantity, "reserved": reserved}
            for product, quantity, reserved in groups
            if product.uom_id.compare(quantity, reserved) < 0
        }
        if short:
            moves = self._reserving_moves(list(short))
            for product, figures in short.items():
                own = moves.filtered(lambda m, p=product: m.product_id.id == p)
                figures["for"] = self._reserved_for_text(own)
        return short

    def _reserving_moves(self, product_ids):
        """Open moves that hold goods of the pool."""
        lines = self.env["stock.move.line"].search(
            [
                ("product_id", "in", product_ids),
                ("location_id", "in", self._pool_ids()),
                ("state", "not in", ("done", "cancel")),
                ("quantity", ">", 0),
            ]
        )
        return lines.move_id

    def _reserved_for_text(self, moves):
        """Names of the deliveries; routing names its legs."""
        return ", ".join(moves.picking_id.mapped("name"))
