from odoo import fields, models
from odoo.exceptions import UserError

from .o2o_dispatch import DEFAULT_ACCEPT_MINUTES


class O2oDispatch(models.Model):
    """Asking one store: stock, time to answer, and the answer "yes"."""

    _inherit = "o2o.dispatch"

    is_ask_first = fields.Boolean(
        string="Stock Unsure",
        readonly=True,
        help="The store's stock is not known well enough to promise it: nothing is "
        "reserved, and accepting means that the store has the goods.",
    )

    def action_offer(self):
        """Reserve the store's stock and ask the store."""
        for leg in self._for_action():
            problem = leg._offer()
            if problem:
                leg._release()
                leg._move_to_exception(problem)
        return True

    def _offer(self):
        """Offer the leg to its store. Returns None, or why that store can't be asked;
        then nothing has happened that `_release` does not undo."""
        self.ensure_one()
        if not self.warehouse_id:
            raise UserError(
                self.env._(
                    "%(leg)s has no store. Choose one of its candidates.", leg=self.name
                )
            )
        try:
            deadline = self._get_deadline(self.warehouse_id, self._accept_minutes())
        except UserError as error:
            return str(error)
        self.warehouse_id._o2o_count_offer()
        if not self.is_ask_first and not self._reserve():
            return self.env._(
                "Stock in %(store)s could not be reserved", store=self.warehouse_id.name
            )
        self._move_to("offered", offered_at=fields.Datetime.now(), deadline=deadline)
        if self._accepts_by_itself():
            self._accept(self.env._("Accepted automatically by the store's setting"))
        else:
            self._trigger_expiry()
            self._notify_offer(self.warehouse_id)
        return None

    def _accepts_by_itself(self):
        """Not where accepting says something that only people know."""
        return not self.is_ask_first and self.rule_id._accepts_by_itself(
            self.warehouse_id
        )

    def _accept_minutes(self):
        return self.rule_id.accept_minutes or DEFAULT_ACCEPT_MINUTES

    def _get_deadline(self, stores, minutes):
        """When `minutes` are over: in opening hours, for several stores those of the
        one where they are over first."""
        now = fields.Datetime.now()
        if self.rule_id and not self.rule_id.business_minutes:
            return fields.Datetime.add(now, minutes=minutes)
        return min(store._o2o_deadline(now, minutes) for store in stores)

    def _accept(self, note=None):
        self._check_may("accepted")
        if self.is_ask_first:
            self._declare_and_reserve()
        self._move_to(
            "accepted", note, accepted_at=fields.Datetime.now(), deadline=False
        )
        self._after_accept()

    def _declare_and_reserve(self):
        """Whoever accepts has the goods: what the pool lacks is declared, then held."""
        store = self.warehouse_id
        rows = self._get_missing_stock(store)
        if rows:
            store._o2o_declare(rows, "accept", reference=self.name)
        if not self._reserve():
            raise UserError(self._text_not_in_pool())

    def _text_not_in_pool(self):
        return self.env._(
            "%(store)s does not have all goods of %(leg)s in its channel pool. "
            "Declare them first, or leave it to another store.",
            store=self.warehouse_id.name,
            leg=self.name,
        )

    def _get_missing_stock(self, store):
        """[(product, quantity to declare)] of goods of which less is free than needed."""
        quants = self.env["stock.quant"]
        needed = {}
        for line in self.line_ids.filtered("product_id.is_storable"):
            quantity = line.product_uom_id._compute_quantity(
                line.quantity, line.product_id.uom_id
            )
            needed[line.product_id] = needed.get(line.product_id, 0.0) + quantity
        rows = []
        for product, quantity in needed.items():
            held = quants._gather(product, store.o2o_location_id)
            on_hand = sum(held.mapped("quantity"))
            free = on_hand - sum(held.mapped("reserved_quantity"))
            if product.uom_id.compare(free, quantity) < 0:
                rows.append((product, on_hand + quantity - free))
        return rows

    # Hooks; nothing here

    def _notify_offer(self, stores):
        """Hook: `stores` have just been offered the leg and wait for an answer."""

    def _after_accept(self):
        """Hook: a store has accepted the leg; its goods are reserved."""

    def _after_end(self, state):
        """Hook: the leg is no longer with its store (`state` is where it went:
        rejected, expired, cancelled or exception)."""
