from odoo import models


class AccountMoveLine(models.Model):
    _inherit = "account.move.line"

    def _get_stock_moves(self):
        """Override of `stock_account`: HQ's cost is that of HQ's own goods."""
        moves = super()._get_stock_moves()
        return moves.filtered(lambda move: not move._o2o_is_dealer_stock())

    def _eligible_for_stock_account(self):
        """Override of `stock_account`: goods that a dealer ships cost HQ nothing,
        whether they are invoiced before or after the delivery."""
        return (
            super()._eligible_for_stock_account() and not self._o2o_all_from_dealers()
        )

    def _o2o_all_from_dealers(self):
        """Whether all goods of this invoice line come from dealers' pools."""
        self.ensure_one()
        sale_lines = self.sale_line_ids
        moves = sale_lines.move_ids.filtered(lambda move: move.state != "cancel")
        if moves:
            return all(move._o2o_is_dealer_stock() for move in moves)
        return bool(sale_lines) and all(
            line.warehouse_id.lot_stock_id.dealer_owned for line in sale_lines
        )

    def _get_cogs_qty(self):
        """Override of `sale_stock`: of a line shipped by HQ and by dealers, only HQ's
        part has a cost. The quantity is cumulative over the order's invoices."""
        quantity = super()._get_cogs_qty()
        moves = self.sale_line_ids.move_ids.filtered(
            lambda move: move.state != "cancel"
        )
        if not any(move._o2o_is_dealer_stock() for move in moves):
            return quantity
        own = moves.filtered(lambda move: not move._o2o_is_dealer_stock())
        return min(quantity, sum(move._o2o_product_quantity() for move in own))
