from odoo import models

from ...engine.stock_file import without_tail


class O2oStockDeclaration(models.Model):
    """Sales over the store's own counter."""

    _inherit = "o2o.stock.declaration"

    def _apply_sold(self, said, lots):
        """Lower the pool by what was sold; returns {row number: values of its line}.

        What was sold before the newest count is not in that count any more."""
        latest = self._latest_counts(said, lots)
        left = {
            key: sum(quants.mapped("quantity"))
            for key, quants in self._quants_of(said).items()
        }
        results, vals = {}, []
        for one in said:
            key = one.product, self._lot_id(one, lots)
            before = left.get(key, 0.0)
            counted = latest.get(key)
            if counted and counted >= one.counted_at:
                results[one.number] = self._in_count_vals(before)
                continue
            part = min(max(before, 0.0), float(one.quantity))
            left[key] = before - part
            if part:
                vals.append(self._prepare_sold_vals(one, key[1], part))
            results[one.number] = {
                "outcome": "applied" if part else "unchanged",
                "quantity_before": before,
                "quantity_after": before - part,
                "problem": self._oversold_text(one, before, part),
            }
        self._do_moves(vals)
        return results

    def _in_count_vals(self, before):
        return {
            "outcome": "unchanged",
            "quantity_before": before,
            "quantity_after": before,
            "problem": self.env._("Sold before the last count, which has seen it."),
        }

    def _oversold_text(self, said, before, part):
        if part == float(said.quantity):
            return False
        return self.env._(
            "%(sold)s were sold, but only %(before)s lay in the pool. Count again.",
            sold=without_tail(said.quantity),
            before=without_tail(max(before, 0.0)),
        )

    def _prepare_sold_vals(self, said, lot, quantity):
        pool = self.warehouse_id.o2o_location_id
        quant = self.env["stock.quant"].new(
            {
                "product_id": said.product,
                "location_id": pool.id,
                "lot_id": lot,
                "company_id": self.company_id.id,
            }
        )
        customers, _suppliers = self.warehouse_id._get_partner_locations()
        vals = quant._get_inventory_move_values(quantity, pool, customers)
        return vals | {
            "is_inventory": False,
            "inventory_name": self.env._("Sold in the store"),
            "o2o_declaration_id": self.id,
            "date": said.counted_at,
        }
