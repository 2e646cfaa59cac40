from odoo import models


class O2oStockDeclaration(models.Model):
    """What a declaration changes in what is promised of the store."""

    _inherit = "o2o.stock.declaration"

    def _apply(self, said):
        """Override: goods that were counted are not held back any more."""
        lines = super()._apply(said)
        if self.kind == "count":
            self._end_holds(lines)
        return lines

    def _end_holds(self, lines):
        counted = lines.filtered(lambda line: line.outcome in ("applied", "unchanged"))
        holds = self.env["o2o.stock.hold"].search(
            [
                ("warehouse_id", "=", self.warehouse_id.id),
                ("product_id", "in", counted.product_id.ids),
                ("ended_at", "=", False),
            ]
        )
        latest = {}
        for line in counted if holds else ():
            moment = line.counted_at or self.counted_at
            latest[line.product_id] = max(latest.get(line.product_id, moment), moment)
        holds.filtered(lambda hold: hold.date <= latest[hold.product_id])._end(
            self.env._("Declaration of %(moment)s", moment=self.counted_at)
        )

    def _finish(self):
        """Override: the store's news are fresh."""
        super()._finish()
        self.warehouse_id._o2o_refresh_trust()
