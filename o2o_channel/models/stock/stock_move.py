from odoo import fields, models
from odoo.tools import SQL


class StockMove(models.Model):
    _inherit = "stock.move"

    o2o_declaration_id = fields.Many2one(
        "o2o.stock.declaration",
        string="Stock Declaration",
        groups="base.group_user",
        index="btree_not_null",
        ondelete="restrict",
        readonly=True,
    )

    def _action_assign(self, force_qty=False):
        """Override of `stock`: no pool is promised twice.

        Odoo reserves around a busy quant by adding another one beside it, so two
        transactions can promise the same unit. Here the second one waits for the
        first; then PostgreSQL refuses its snapshot and it is replayed on what is left.
        """
        self._o2o_lock_pools()
        return super()._action_assign(force_qty=force_qty)

    def _do_unreserve(self):
        """Override of `stock`: what is freed in a pool is freed for good.

        Odoo takes it from the first quant that is not busy, or from a new one, and
        never below zero there: beside a busy quant the reservation would stay."""
        self._o2o_lock_pools()
        return super()._do_unreserve()

    def _action_done(self, cancel_backorder=False):
        """Override of `stock`: shipping frees the reservation, see `_do_unreserve`."""
        self._o2o_lock_pools()
        return super()._action_done(cancel_backorder=cancel_backorder)

    def _o2o_lock_pools(self):
        """Wait for whoever changes these goods in these pools, and have one quant of
        each, not two of which one is beside the reservation."""
        stores = self.location_id.filtered("dealer_owned").warehouse_id
        if not stores:
            return
        self.env.cr.execute(
            SQL(
                # ordered by id, so that two transactions can't wait for each other
                """SELECT q.id, q.product_id, q.location_id, q.lot_id, q.package_id,
                          q.owner_id
                     FROM stock_quant q
                     JOIN stock_location l ON l.id = q.location_id
                    WHERE q.product_id IN %s AND l.warehouse_id IN %s
                    ORDER BY q.id FOR NO KEY UPDATE OF q""",
                self.product_id._ids,
                stores._ids,
            ),
            log_exceptions=False,
        )
        rows = self.env.cr.fetchall()
        if len({row[1:] for row in rows}) < len(rows):
            # sudo: stock users see no quants of others, and all are to be one
            quants = self.env["stock.quant"].sudo().browse(row[0] for row in rows)
            quants.flush_recordset()
            quants._merge_quants()

    def _o2o_is_dealer_stock(self):
        """Whether the move ships a dealer's goods, or takes them back from a customer.

        HQ's own goods on their way into a dealer's store are not among them."""
        self.ensure_one()
        taken_back = (
            self.location_id.usage == "customer" and self.location_dest_id.dealer_owned
        )
        return self.location_id.dealer_owned or taken_back

    def _o2o_product_quantity(self):
        """What the move ships in the product's unit: done, or still asked for."""
        self.ensure_one()
        if self.state != "done":
            return self.product_qty
        return self.product_uom._compute_quantity(self.quantity, self.product_id.uom_id)
