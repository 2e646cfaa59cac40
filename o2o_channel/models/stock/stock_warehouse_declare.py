from odoo import models
from odoo.exceptions import UserError

from ...engine.table_file import Row
from .o2o_stock_declaration_take import as_utc


class StockWarehouse(models.Model):
    """Stores declare their stock."""

    _inherit = "stock.warehouse"

    def _o2o_declare(self, rows, source, counted_at=None, kind="count", **options):
        """Declare stock of this store now, in this transaction.

        :param rows: iterable of (product, quantity) or dicts with ``product`` or
            ``sku``, ``quantity`` and optionally ``lot``
        :param source: one of ``SOURCES`` of the declaration
        :param counted_at: the moment the figures are true for; now without one
        :param kind: ``count`` sets the pool, ``sold`` lowers it
        :return: the o2o.stock.declaration; the first one when this is a repeat
        """
        self.ensure_one()
        if not self.dealer_id or not self.o2o_location_id:
            raise UserError(
                self.env._(
                    "%(store)s is no dealer's store. Choose a store of a dealer.",
                    store=self.name,
                )
            )
        one, _is_new = self.env["o2o.stock.declaration"]._take(
            self,
            [
                Row(number, self._o2o_declared_cells(row))
                for number, row in enumerate(rows, start=1)
            ],
            source,
            as_utc(counted_at),
            kind=kind,
            now=True,
            **options,
        )
        return one

    def _o2o_declared_cells(self, row):
        cells = dict(row) if isinstance(row, dict) else {"product": row[0]}
        if not isinstance(row, dict):
            cells["quantity"] = row[1]
        if "product" in cells:
            cells["product"] = cells["product"].id
        quantity = cells.get("quantity")
        if isinstance(quantity, float):
            cells["quantity"] = f"{quantity:.6f}".rstrip("0").rstrip(".")
        else:
            cells["quantity"] = str(quantity)
        return cells

    def action_view_o2o_declarations(self):
        """What the store has declared."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_stock_declaration_action"
        )
        return action | {"domain": [("warehouse_id", "=", self.id)]}
