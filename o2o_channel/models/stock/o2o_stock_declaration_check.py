from collections import defaultdict
from dataclasses import replace

from odoo import api, fields, models

from ...engine import stock_file
from ...engine.order_check import Problem

SKUS_AT_ONCE = 10_000  # names in one query


class O2oStockDeclaration(models.Model):
    """What rows are about: products, lots; and what is wrong with them."""

    _inherit = "o2o.stock.declaration"

    def _check_rows(self, rows):
        """What the rows say, each with its product or its problem.

        :return: list of ``stock_file.Said``
        """
        self.ensure_one()
        zone, now = self.company_id._o2o_timezone(), fields.Datetime.now()
        said = [stock_file.read_row(row, self.counted_at, zone, now) for row in rows]
        named = {one.sku for one in said if not one.product and not one.problem}
        products = self._find_products(named)
        checked = [self._check_one(one, products) for one in said]
        return self._refuse_repeated(checked)

    def _find_products(self, names):
        """{internal reference or barcode: products}, archived ones too."""
        model = self.env["product.product"].with_context(active_test=False)
        company = model._check_company_domain(self.company_id)
        found, names = defaultdict(lambda: self.env["product.product"]), list(names)
        for start in range(0, len(names), SKUS_AT_ONCE):
            some = names[start : start + SKUS_AT_ONCE]
            for name in ("default_code", "barcode"):
                domain = [*company, (name, "in", some)]
                for product in model.search_fetch(domain, ["default_code", "barcode"]):
                    found[product[name]] |= product
        return found

    def _check_one(self, said, products):
        if said.problem:
            return said
        if said.product:
            product = self.env["product.product"].browse(said.product)
        else:
            product = products.get(said.sku, self.env["product.product"])
            # a reference may live on in an archived product: the one in use counts
            product = product.filtered("active") or product
        problem = self._find_problem(said, product)
        if problem:
            return replace(said, problem=problem, product=product[:1].id or None)
        return replace(said, product=product.id, sku=said.sku or self._sku_of(product))

    @api.model
    def _sku_of(self, product):
        return product.default_code or product.barcode or product.display_name

    def _find_problem(self, said, products):
        store = self.warehouse_id
        if said.store and said.store not in (store.code, store.name):
            return Problem("store", said.store, "store", {"store": store.code})
        if not products:
            return Problem("sku", said.sku, "sku")
        if len(products) > 1:
            return Problem("sku", said.sku, "sku_ambiguous", {"count": len(products)})
        name = said.sku or self._sku_of(products)
        if not products.active:
            return Problem("sku", name, "archived")
        if not products.is_storable:
            return Problem("sku", name, "not_stored")
        return self._find_quantity_problem(said, products, name)

    def _find_quantity_problem(self, said, product, name):
        step, unit = self._step_of(product)
        quantity = float(said.quantity)
        steps = round(quantity / step)
        if abs(steps * step - quantity) > 1e-9 * max(1, quantity):
            parts = {"step": f"{step:g}", "unit": unit.name}
            return Problem("quantity", said.quantity_text, "fraction", parts)
        if product.tracking == "none":
            return Problem("lot", said.lot, "lot_needless") if said.lot else None
        # nothing there needs no number
        if not said.lot:
            return Problem("lot", name, "lot_missing")
        if product.tracking == "serial" and quantity > 1:
            return Problem("quantity", said.quantity_text, "serial")
        return None

    @api.model
    def _step_of(self, product):
        """The least quantity of the product, and its unit: pieces come whole."""
        unit = product.uom_id
        # not env.ref, which asks the database each time
        pieces = self.env["ir.model.data"]._xmlid_to_res_id("uom.product_uom_unit")
        if unit.id == pieces:
            return 1.0, unit
        return unit.rounding, unit

    def _refuse_repeated(self, said):
        """A count that names a product twice is not believed in either row; sales
        come in as many rows as there were customers."""
        if self.kind != "count":
            return said
        rows = defaultdict(list)
        for one in said:
            if not one.problem:
                rows[one.product, one.lot].append(one.number)
        twice = {key: numbers for key, numbers in rows.items() if len(numbers) > 1}
        if not twice:
            return said
        return [self._mark_repeated(one, twice) for one in said]

    @api.model
    def _mark_repeated(self, said, twice):
        numbers = not said.problem and twice.get((said.product, said.lot))
        if not numbers:
            return said
        parts = {"rows": ", ".join(str(number) for number in numbers[:10])}
        return replace(said, problem=Problem("sku", said.sku, "repeated", parts))
