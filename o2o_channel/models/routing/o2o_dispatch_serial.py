import re
from collections import Counter

from odoo import api, models
from odoo.exceptions import UserError

SEPARATORS = re.compile(r"[\s,;，；、]+")


class O2oDispatch(models.Model):
    """Goods with serial or lot numbers: which ones leave the store is said when they
    do, and checked against what lies there."""

    _inherit = "o2o.dispatch"

    def action_open_ship(self):
        """Ship; where goods have serial numbers, ask for them first."""
        self.ensure_one()
        self._check_may("shipped")
        # sudo: whoever ships legs may not read Inventory
        if self.sudo()._get_serial_needs():
            return self.env["o2o.dispatch.ship"]._open_for(self)
        return self.action_ship()

    @api.model
    def _read_serial_form(self, form):
        """{product id: text} of the portal's fields `serial_<product id>`."""
        start = "serial_"
        return {
            int(name.removeprefix(start)): value[:5000]
            for name, value in form.items()
            if name.startswith(start) and name.removeprefix(start).isdecimal()
        }

    def _get_serial_needs(self):
        """[(product, how many numbers are asked for)]; a lot may be left to what was
        reserved, a serial number may not."""
        needs = {}
        for move in self._get_open_moves():
            if move.product_id.tracking == "serial":
                count = round(move.product_qty)
                needs[move.product_id] = needs.get(move.product_id, 0) + count
        return list(needs.items())

    def _get_open_moves(self):
        return self._outgoing_pickings().move_ids.filtered(
            lambda move: move.state not in ("done", "cancel")
        )

    def _set_serials(self, serials):
        """Write the numbers that leave the store on its delivery, or say what is wrong.

        :param serials: {product id: numbers}, or a text or list of numbers when one
            product needs them
        """
        needs = self._get_serial_needs()
        if not needs:
            return
        given = self._read_serials(serials, [product for product, _count in needs])
        for product, count in needs:
            numbers = given.get(product.id, [])
            self._check_serial_count(product, count, numbers)
            lots = [self._get_lot_in_store(product, number) for number in numbers]
            self._assign_lots(product, lots)

    def _read_serials(self, serials, products):
        if not isinstance(serials, dict):
            if serials and len(products) > 1:
                raise UserError(
                    self.env._(
                        "%(leg)s: enter the serial numbers by product: %(products)s.",
                        leg=self.name,
                        products=", ".join(one.display_name for one in products),
                    )
                )
            serials = {products[0].id: serials}
        return {
            int(product): SEPARATORS.split(value.strip())
            if isinstance(value, str) and value.strip()
            else [str(number).strip() for number in value or []]
            for product, value in serials.items()
        }

    def _check_serial_count(self, product, count, numbers):
        if len(numbers) != count:
            raise UserError(
                self.env._(
                    "%(product)s has serial numbers: enter the %(count)s that leave the "
                    "store; there are %(given)s.",
                    product=product.display_name,
                    count=count,
                    given=len(numbers),
                )
            )
        twice = [number for number, times in Counter(numbers).items() if times > 1]
        if twice:
            raise UserError(
                self.env._(
                    "Serial number %(number)s of %(product)s is entered twice.",
                    number=twice[0],
                    product=product.display_name,
                )
            )

    def _get_lot_in_store(self, product, number):
        """The number's record; it lies in the store, or in nobody's place yet while
        the store has pieces whose numbers were never told."""
        lots = self.env["stock.lot"]
        company = self.company_id
        lot = lots.search(
            [
                ("product_id", "=", product.id),
                ("name", "=", number),
                ("company_id", "in", (company.id, False)),
            ],
            limit=1,
        )
        pool = self._get_source_location()
        if lot and self._quantity_of(product, pool, lot) > 0:
            return lot
        places = lot.quant_ids.filtered(lambda quant: quant.quantity > 0).location_id
        untold = self._quantity_of(product, pool, lots) > 0
        if places or lot._o2o_was_shipped() or not untold:
            raise UserError(
                self.env._(
                    "Serial number %(number)s of %(product)s is not in %(store)s. Read "
                    "it again from the label, or declare the stock first.",
                    number=number,
                    product=product.display_name,
                    store=self.warehouse_id.name,
                )
            )
        return lot or lots.create(
            {"product_id": product.id, "name": number, "company_id": company.id}
        )

    def _get_source_location(self):
        return self.warehouse_id.o2o_location_id or self.warehouse_id.lot_stock_id

    def _quantity_of(self, product, place, lot):
        quants = self.env["stock.quant"]._gather(product, place, strict=False)
        return sum(quants.filtered(lambda q: q.lot_id == lot).mapped("quantity"))

    def _assign_lots(self, product, lots):
        """Give the delivery exactly these numbers, whatever was reserved before."""
        moves = self._get_open_moves().filtered(lambda move: move.product_id == product)
        rest = list(lots)
        for move in moves.with_context(o2o_from_dispatch=True):
            count = round(move.product_qty)
            chosen, rest = rest[:count], rest[count:]
            move.move_line_ids.unlink()
            self.env["stock.move.line"].create(
                [
                    {
                        **move._prepare_move_line_vals(quantity=0),
                        "lot_id": lot.id,
                        "quantity": 1,
                    }
                    for lot in chosen
                ]
            )
