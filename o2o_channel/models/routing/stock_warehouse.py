from datetime import datetime, time, timezone

from odoo import fields, models
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.tools import SQL

from .o2o_dispatch import ENDED_STATES, UNDER_WAY_STATES


class StockWarehouse(models.Model):
    _inherit = "stock.warehouse"

    o2o_offer_count = fields.Integer(string="Offers Made", readonly=True, copy=False)

    def _o2o_count_offer(self):
        """Of a store with a limit, two offers at once must meet on its row: the second
        is refused by PostgreSQL, replayed, and then sees the first one."""
        for store in self.filtered("o2o_max_orders_day"):
            self.env.cr.execute(
                SQL(
                    "UPDATE stock_warehouse SET o2o_offer_count = "
                    "COALESCE(o2o_offer_count, 0) + 1 WHERE id = %s",
                    store.id,
                ),
                log_exceptions=False,
            )
            store.invalidate_recordset(["o2o_offer_count"], flush=False)

    def write(self, vals):
        """Override of stock: an archived store loses its open offers, which go to the
        next one; what it has accepted it has to finish first."""
        if "active" in vals and not vals["active"]:
            self._o2o_release_offers()
        return super().write(vals)

    def unlink(self):
        """Override of stock: a store's rows in old rankings go with it; the decisions'
        own records keep its code."""
        ids = tuple(self.ids)
        result = super().unlink()
        if ids:
            self.env.cr.execute(
                SQL("DELETE FROM o2o_dispatch_candidate WHERE warehouse_id IN %s", ids)
            )
            self.env["o2o.dispatch.candidate"].invalidate_model()
        return result

    def _o2o_release_offers(self):
        # sudo: who may archive a store may not read legs
        dispatch = self.env["o2o.dispatch"].sudo()
        own = Domain("warehouse_id", "in", self.ids)
        held = dispatch.search(own & Domain("state", "in", UNDER_WAY_STATES))
        if held:
            raise UserError(
                self.env._(
                    "Store %(store)s still has to finish %(legs)s. Move or cancel these "
                    "legs before you archive it.",
                    store=held[0].warehouse_id.name,
                    legs=", ".join(held[:5].mapped("name")),
                )
            )
        open_offers = Domain("offer_ids", "any", own & Domain("state", "=", "open"))
        asked = dispatch.search(Domain("state", "=", "offered") & (own | open_offers))
        asked._withdraw_from(self, self.env._("The store is closed"))

    def _o2o_orders_today(self, company):
        """{store id: legs offered since midnight of the company that it still has}."""
        zone = company._o2o_timezone()
        midnight = datetime.combine(company._o2o_today(), time.min, tzinfo=zone)
        start = midnight.astimezone(timezone.utc).replace(tzinfo=None)
        groups = self.env["o2o.dispatch"]._read_group(
            [
                ("warehouse_id", "in", self.ids),
                ("offered_at", ">=", start),
                ("state", "not in", ENDED_STATES),
            ],
            ["warehouse_id"],
            ["__count"],
        )
        return {store.id: count for store, count in groups}
