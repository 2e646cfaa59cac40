from datetime import timedelta
from decimal import Decimal

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from ...engine.stock_audit import Balance

FIGURES = ("opening", "hq_in", "o2o_out", "pos_out", "declared")


class O2oStockAudit(models.Model):
    """The hidden-stock test over many stores and products, in one query."""

    _inherit = "o2o.stock.audit"

    @api.model
    def _run(self, stores, date_from, date_to):
        """Test the last count of each product in a period against an earlier one.

        The earlier one is the last before the period, else the first in it. A product
        that was counted once only, or lot by lot, is left out. What was audited before
        stays as it is.

        :param date_from: naive, UTC, like ``date_to``
        :return: the audits made: cases, and gaps within tolerance
        """
        made = self.browse()
        for company, own in stores.grouped("company_id").items():
            rows = self._query_balances(own, date_from, date_to)
            limits = (
                Decimal(str(company.o2o_audit_gap_rate / 100)).quantize(
                    Decimal("0.000001")
                ),
                Decimal(str(company.o2o_audit_gap_quantity)),
            )
            vals = [self._prepare_audit_vals(row, limits) for row in rows]
            # sudo: audits are found by the test, nobody makes one by hand
            made |= self.sudo().create([one for one in vals if one["gap"]])
        for case in made.filtered(lambda audit: audit.state == "case"):
            case._notify_manager(self.env._("Stock does not add up: ask for a count"))
        return made.with_env(self.env)

    @api.model
    def _prepare_audit_vals(self, row, limits):
        store, product, date_from, date_to, *figures = row
        balance = Balance(*(Decimal(str(round(f, 6))) for f in figures))
        return {
            "warehouse_id": store,
            "product_id": product,
            "date_from": date_from,
            "date_to": date_to,
            **dict(zip(FIGURES, figures, strict=True)),
            "expected": float(balance.expected),
            "gap": float(balance.gap),
            "gap_rate": float(round(balance.rate * 100, 2)),
            "state": "case" if balance.is_case(*limits) else "small",
        }

    @api.model
    def _query_balances(self, stores, date_from, date_to):
        """(store, product, opening count's and closing count's time, figures…)."""
        for name in ("o2o.stock.declaration.line", "stock.move", "stock.move.line"):
            self.env[name].flush_model()
        self.env["stock.location"].flush_model()
        self.env["stock.warehouse"].flush_model(["o2o_location_id"])
        self.flush_model()
        return self.env.execute_query(
            SQL(
                """WITH pair AS (%(pairs)s), flow AS (%(flows)s), sold AS (%(sold)s)
                SELECT pair.warehouse_id, pair.product_id, pair.date_from, pair.date_to,
                       pair.opening, COALESCE(flow.hq_in, 0), COALESCE(flow.o2o_out, 0),
                       COALESCE(sold.quantity, 0), pair.declared
                  FROM pair
             LEFT JOIN flow USING (warehouse_id, product_id)
             LEFT JOIN sold USING (warehouse_id, product_id)
                 ORDER BY 1, 2""",
                pairs=self._query_pairs(stores, date_from, date_to),
                flows=self._query_flows(),
                sold=self._query_sold(),
            )
        )

    @api.model
    def _query_pairs(self, stores, date_from, date_to):
        """The two counts to compare, of each product in each store."""
        return SQL(
            """WITH counts AS (
                   SELECT warehouse_id, product_id, counted_at, quantity, id
                     FROM o2o_stock_declaration_line
                    WHERE kind = 'count' AND outcome IN ('applied', 'unchanged')
                      AND lot_id IS NULL AND warehouse_id = ANY(%(stores)s)
                      AND counted_at <= %(date_to)s
               ), closing AS (
                   SELECT DISTINCT ON (warehouse_id, product_id) *
                     FROM counts WHERE counted_at > %(date_from)s
                    ORDER BY warehouse_id, product_id, counted_at DESC, id DESC
               )
               SELECT DISTINCT ON (c.warehouse_id, c.product_id)
                      c.warehouse_id, c.product_id, o.counted_at AS date_from,
                      c.counted_at AS date_to, o.quantity AS opening,
                      c.quantity AS declared
                 FROM closing c
                 JOIN counts o ON o.warehouse_id = c.warehouse_id
                  AND o.product_id = c.product_id AND o.counted_at < c.counted_at
                WHERE NOT EXISTS (
                      SELECT FROM o2o_stock_audit a WHERE a.date_to = c.counted_at
                         AND a.warehouse_id = c.warehouse_id
                         AND a.product_id = c.product_id)
                ORDER BY c.warehouse_id, c.product_id,
                      o.counted_at <= %(date_from)s DESC,
                      CASE WHEN o.counted_at <= %(date_from)s THEN o.counted_at END DESC,
                      o.counted_at, o.id DESC""",
            stores=stores.ids,
            date_from=date_from,
            date_to=date_to,
        )

    @api.model
    def _query_flows(self):
        """What Odoo moved between the two counts; adjustments are no flow."""
        return SQL(
            """SELECT warehouse_id, product_id,
                      SUM(CASE WHEN NOT customer THEN signed END) AS hq_in,
                      SUM(CASE WHEN customer THEN -signed END) AS o2o_out
                 FROM (
                   SELECT pair.warehouse_id, pair.product_id,
                          'customer' IN (src.usage, dst.usage) AS customer,
                          l.quantity_product_uom * (
                            (dst.parent_path LIKE pool.parent_path || '%%')::int
                          - (src.parent_path LIKE pool.parent_path || '%%')::int
                          ) AS signed
                     FROM pair
                     JOIN stock_warehouse w ON w.id = pair.warehouse_id
                     JOIN stock_location pool ON pool.id = w.o2o_location_id
                     JOIN stock_move_line l ON l.product_id = pair.product_id
                      AND l.state = 'done'
                     JOIN stock_move m ON m.id = l.move_id
                      AND m.is_inventory IS NOT TRUE AND m.o2o_declaration_id IS NULL
                      AND m.date > pair.date_from AND m.date <= pair.date_to
                     JOIN stock_location src ON src.id = l.location_id
                     JOIN stock_location dst ON dst.id = l.location_dest_id
                 ) AS moves WHERE signed != 0
                GROUP BY warehouse_id, product_id"""
        )

    @api.model
    def _query_sold(self):
        return SQL(
            """SELECT s.warehouse_id, s.product_id, SUM(s.quantity) AS quantity
                 FROM pair JOIN o2o_stock_declaration_line s
                   ON s.warehouse_id = pair.warehouse_id
                  AND s.product_id = pair.product_id
                  AND s.kind = 'sold' AND s.outcome IN ('applied', 'unchanged')
                  AND s.counted_at > pair.date_from AND s.counted_at <= pair.date_to
                GROUP BY s.warehouse_id, s.product_id"""
        )

    @api.model
    def _cron_run(self):
        """Test the month that ended, in every company with dealers' stores."""
        stores = self.env["stock.warehouse"].search([("dealer_id", "!=", False)])
        for company, own in stores.grouped("company_id").items():
            first = company._o2o_today().replace(day=1)
            date_from = company._o2o_midnight(first - relativedelta(months=1))
            date_to = company._o2o_midnight(first) - timedelta(seconds=1)
            self.with_company(company)._run(own, date_from, date_to)

    @api.model
    def _ask_for_count(self, store, products):
        """Have a store count products, whether or not there is a gap."""
        numbered = products.filtered(lambda product: product.tracking != "none")
        if numbered:
            raise UserError(
                self.env._(
                    "%(product)s has lot or serial numbers, which a blind count does not "
                    "ask for. Leave it out, and have the store declare its numbers.",
                    product=numbered[0].display_name,
                )
            )
        figures = store._o2o_stock_figures(products)
        waiting = self._tasks_of(store).product_id
        now = fields.Datetime.now()
        # sudo: see _run
        return self.sudo().create(
            [
                {
                    "warehouse_id": store.id,
                    "product_id": product.id,
                    "date_to": now,
                    "expected": float(figures[store.id, product.id].declared),
                    "declared": float(figures[store.id, product.id].declared),
                    "state": "counting",
                }
                for product in products - waiting
            ]
        )
