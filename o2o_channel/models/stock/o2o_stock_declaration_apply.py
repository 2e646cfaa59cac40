from collections import defaultdict

from odoo import api, models
from odoo.tools import SQL

from ...engine.stock_file import without_tail
from .o2o_stock_declaration import ANSWERS
from .o2o_stock_declaration_line import TAKEN


class O2oStockDeclaration(models.Model):
    """Making the pool agree with what was said, in batches of rows.

    Every step asks the database a fixed number of times per batch; what differs becomes
    inventory adjustments of Odoo, dated with the moment of the count, so that Odoo's
    stock history shows at each moment what was known to lie there.
    """

    _inherit = "o2o.stock.declaration"

    def _apply(self, said):
        """Apply checked rows and write their lines; returns the lines."""
        self.ensure_one()
        good = [one for one in said if not one.problem]
        lots = self._find_lots(good)
        products = self.env["product.product"].browse({one.product for one in good})
        self._lock_pool(products, self._newest(good))
        if self.kind == "sold":
            results = self._apply_sold(good, lots)
        else:
            results = self._apply_counted(good, lots)
        vals = [self._prepare_line_vals(one, lots, results) for one in said]
        self._mark_short(vals, products)
        return self.env["o2o.stock.declaration.line"].create(vals)

    def _find_lots(self, said):
        """{(product id, name): lot}; a lot that is counted first is made."""
        named = {(one.product, one.lot) for one in said if one.lot}
        if not named:
            return {}
        lots = self.env["stock.lot"]
        company = lots._check_company_domain(self.company_id)
        known = lots.search(
            [
                *company,
                ("product_id", "in", list({product for product, _name in named})),
                ("name", "in", list({name for _product, name in named})),
            ]
        )
        found = {(lot.product_id.id, lot.name): lot for lot in known}
        missing = sorted(named - found.keys())
        made = lots.create(
            [
                {
                    "product_id": product,
                    "name": name,
                    "company_id": self.company_id.id,
                }
                for product, name in missing
            ]
        )
        return found | dict(zip(missing, made, strict=True))

    def _newest(self, said):
        """How fresh the rows make the store's feed: as the newest that is believed.
        Answers to a question about a few goods say nothing of the others: None."""
        if self.source in ANSWERS:
            return None
        return max((one.counted_at for one in said), default=None)

    def _lock_pool(self, products, fresh):
        """One declaration of a store at a time; reservations wait likewise.

        The second of two at once is refused by PostgreSQL at the store's row and
        replayed when it can see the first."""
        self.env["stock.quant"].flush_model()
        self.env.cr.execute(
            SQL(
                """SELECT q.id FROM stock_quant q
                     JOIN stock_location l ON l.id = q.location_id
                    WHERE q.product_id = ANY(%s::int[]) AND l.warehouse_id = %s
                    ORDER BY q.id FOR NO KEY UPDATE OF q""",
                products.ids,
                self.warehouse_id.id,
            ),
            log_exceptions=False,
        )
        self.warehouse_id.flush_recordset()
        self.env.cr.execute(
            SQL(
                """UPDATE stock_warehouse
                      SET o2o_last_feed = GREATEST(o2o_last_feed, %s) WHERE id = %s""",
                fresh,
                self.warehouse_id.id,
            ),
            log_exceptions=False,
        )
        self.warehouse_id.invalidate_recordset(["o2o_last_feed"], flush=False)

    def _apply_counted(self, said, lots):
        """Set the pool; returns {row number: values of its line}."""
        latest = self._latest_counts(said, lots)
        moved = self._moved_since(said, lots)
        quants = self._quants_of(said)
        results, changes = {}, []
        for one in said:
            key = one.product, self._lot_id(one, lots)
            own = quants.get(key, self.env["stock.quant"])
            before = sum(own.mapped("quantity"))
            newer = latest.get(key)
            if newer and newer > one.counted_at:
                results[one.number] = self._outdated_vals(before, newer)
                continue
            target = max(float(one.quantity) + moved.get(one.number, 0.0), 0.0)
            product = self.env["product.product"].browse(one.product)
            changed = product.uom_id.compare(target, before)
            if changed:
                changes.append((one, key, own, target - before))
            results[one.number] = {
                "outcome": "applied" if changed else "unchanged",
                "quantity_before": before,
                "quantity_after": target,
                "moved": moved.get(one.number, 0.0),
                "problem": self._moved_text(one, moved.get(one.number, 0.0)),
            }
        self._adjust(changes)
        return results

    def _outdated_vals(self, before, newer):
        text = self.env._(
            "Older than what is known: this product was counted on %(date)s (UTC). "
            "Nothing was changed.",
            date=f"{newer:%Y-%m-%d %H:%M}",
        )
        return {
            "outcome": "outdated",
            "quantity_before": before,
            "quantity_after": before,
            "problem": text,
        }

    def _moved_text(self, said, moved):
        if float(said.quantity) + moved < 0:
            return self.env._(
                "%(counted)s were counted, but %(moved)s left since. Count again.",
                counted=without_tail(said.quantity),
                moved=without_tail(-moved),
            )
        return False

    @api.model
    def _lot_id(self, said, lots):
        return lots[said.product, said.lot].id if said.lot else False

    def _latest_counts(self, said, lots):
        """{(product id, lot id): moment of the newest count}, of adjustments that
        were made in Odoo itself too."""
        query = SQL(
            """SELECT product_id, lot_id, MAX(counted_at) FROM (
                   SELECT product_id, lot_id, counted_at
                     FROM o2o_stock_declaration_line
                    WHERE warehouse_id = %(store)s AND product_id = ANY(%(products)s::int[])
                      AND kind = 'count' AND outcome IN %(taken)s
                    UNION ALL
                   SELECT l.product_id, l.lot_id, m.date
                     FROM stock_move m JOIN stock_move_line l ON l.move_id = m.id
                    WHERE m.is_inventory AND m.state = 'done'
                      AND m.o2o_declaration_id IS NULL
                      AND m.product_id = ANY(%(products)s::int[])
                      AND (m.location_id = ANY(%(pool)s)
                           OR m.location_dest_id = ANY(%(pool)s))
               ) AS counts GROUP BY product_id, lot_id""",
            store=self.warehouse_id.id,
            products=[one.product for one in said],
            taken=TAKEN,
            pool=self._pool_ids(),
        )
        self.env["stock.move.line"].flush_model()
        self.env["stock.move"].flush_model()
        self.env["o2o.stock.declaration.line"].flush_model()
        return {
            (product, lot or False): moment
            for product, lot, moment in self.env.execute_query(query)
        }

    def _pool_ids(self):
        pool = self.warehouse_id.o2o_location_id
        return self.env["stock.location"].search([("id", "child_of", pool.ids)]).ids

    def _moved_since(self, said, lots):
        """{row number: received less shipped since its count}; a row about no lot
        means all of the product."""
        query = SQL(
            """SELECT e.number, SUM(l.quantity_product_uom * (
                      CASE WHEN l.location_dest_id = ANY(%(pool)s) THEN 1 ELSE 0 END
                    - CASE WHEN l.location_id = ANY(%(pool)s) THEN 1 ELSE 0 END))
                 FROM unnest(%(numbers)s::int[], %(products)s::int[], %(lots)s::int[],
                             %(moments)s::timestamp[])
                      AS e(number, product_id, lot_id, counted_at)
                 JOIN stock_move_line l ON l.product_id = e.product_id
                  AND l.state = 'done'
                  AND (e.lot_id = 0 OR l.lot_id = e.lot_id)
                 JOIN stock_move m ON m.id = l.move_id
                  AND m.is_inventory IS NOT TRUE AND m.date > e.counted_at
                WHERE l.location_id = ANY(%(pool)s) OR l.location_dest_id = ANY(%(pool)s)
                GROUP BY e.number""",
            numbers=[one.number for one in said],
            products=[one.product for one in said],
            lots=[self._lot_id(one, lots) or 0 for one in said],
            moments=[one.counted_at for one in said],
            pool=self._pool_ids(),
        )
        return {number: float(moved) for number, moved in self.env.execute_query(query)}

    def _quants_of(self, said):
        """{(product id, lot id): quants in the pool}."""
        found = defaultdict(lambda: self.env["stock.quant"])
        quants = self.env["stock.quant"].search(
            [
                ("product_id", "in", [one.product for one in said]),
                ("location_id", "in", self._pool_ids()),
            ],
            order="id",
        )
        for quant in quants:
            lot = quant.lot_id.id if quant.product_id.tracking != "none" else False
            found[quant.product_id.id, lot] |= quant
        return found

    def _adjust(self, changes):
        """Odoo's own inventory adjustment of many quants at once."""
        vals = []
        for one, (product, lot), quants, difference in changes:
            for quant, part in self._share(product, lot, quants, difference):
                vals.append(self._prepare_adjustment_vals(quant, part, one))
        moves = self._do_moves(vals)
        moves._trigger_assign()

    def _share(self, product, lot, quants, difference):
        """Which quant gets which part: what is added lies openly in the pool; what is
        missing is taken from there first, then from packages and other places."""
        pool = self.warehouse_id.o2o_location_id
        plain = quants.filtered(
            lambda q: q.location_id == pool and not q.package_id and not q.owner_id
        )
        if difference > 0:
            new = {
                "product_id": product,
                "location_id": pool.id,
                "lot_id": lot,
                "company_id": self.company_id.id,
            }
            yield plain[:1] or self.env["stock.quant"].new(new), difference
            return
        for quant in plain + (quants - plain):
            part = min(quant.quantity, -difference)
            if part > 0:
                difference += part
                yield quant, -part

    def _prepare_adjustment_vals(self, quant, difference, said):
        product = self.env["product.product"].browse(said.product)
        company = product.with_company(self.company_id)
        lost, place = company.property_stock_inventory, quant.location_id
        ways = (lost, place) if difference > 0 else (place, lost)
        vals = quant.with_context(
            inventory_name=self.env._("Declared by the store")
        )._get_inventory_move_values(abs(difference), *ways)
        vals |= {"o2o_declaration_id": self.id, "date": said.counted_at}
        return vals

    def _do_moves(self, vals_list):
        """Moves that are done at once, and dated with the moment of the count."""
        moments = [vals.pop("date") for vals in vals_list]
        moves = self.env["stock.move"].with_context(o2o_keep_reserved=True)
        moves = moves.create(vals_list)
        moves.with_context(ignore_dest_packages=True)._action_done()
        by_moment = defaultdict(lambda: self.env["stock.move"])
        for move, moment in zip(moves, moments, strict=True):
            by_moment[moment] |= move
        for moment, dated in by_moment.items():
            dated.date = moment
            dated.move_line_ids.date = moment
        return moves

    def _prepare_line_vals(self, said, lots, results):
        vals = {
            "declaration_id": self.id,
            "company_id": self.company_id.id,
            "warehouse_id": self.warehouse_id.id,
            "kind": self.kind,
            "number": said.number,
            "sku": said.sku,
            "quantity_text": said.quantity_text,
            "lot_name": said.lot,
            "product_id": said.product,
            "counted_at": said.counted_at,
        }
        if said.problem:
            text = self._problem_text(said.problem)
            return vals | {
                "outcome": "refused",
                "problem": text,
                "field_name": said.problem.field,
                "cells": said.cells,
            }
        lot = self._lot_id(said, lots)
        return vals | {
            "quantity": float(said.quantity),
            "lot_id": lot,
            **results[said.number],
        }
