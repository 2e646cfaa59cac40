from odoo import fields, models
from odoo.tools import SQL

LOST_DAYS = 90  # how long lost demand counts


class O2oSizeReport(models.Model):
    """Every size of the styles that a store carries, with its holes.

    A store carries a style when any of its sizes lies there, or was counted there. A
    size that is missing while another one is there is a hole: the style is broken.
    """

    _name = "o2o.size.report"
    _description = "Sizes in Stores"
    _auto = False
    _order = "warehouse_id, product_tmpl_id, variant, size_sequence, id"
    _rec_name = "product_id"

    company_id = fields.Many2one("res.company", readonly=True)
    warehouse_id = fields.Many2one("stock.warehouse", string="Store", readonly=True)
    dealer_id = fields.Many2one("res.partner", readonly=True)
    product_tmpl_id = fields.Many2one("product.template", string="Style", readonly=True)
    categ_id = fields.Many2one("product.category", readonly=True)
    product_id = fields.Many2one("product.product", readonly=True)
    size_id = fields.Many2one("product.attribute.value", readonly=True)
    size_sequence = fields.Integer(readonly=True)
    variant = fields.Char(
        string="Other Attributes", readonly=True, help="Colour and the like, as ids."
    )
    quantity = fields.Float(string="On Hand", digits="Product Unit", readonly=True)
    free = fields.Float(
        digits="Product Unit", readonly=True, help="On hand and not reserved."
    )
    state = fields.Selection(
        [
            ("there", "There"),
            ("hole", "Missing Size"),
            ("sold_out", "Style Sold Out"),
        ],
        readonly=True,
    )
    hole = fields.Integer(string="Missing Sizes", readonly=True)
    lost = fields.Float(
        string="Lost Demand",
        digits="Product Unit",
        readonly=True,
        help="How many were asked for in vain in the last 90 days.",
    )

    @property
    def _table_query(self):
        # read straight from the tables: what the ORM still holds must be there
        for name in (
            "stock.quant",
            "stock.location",
            "stock.warehouse",
            "product.product",
            "product.template.attribute.value",
            "product.attribute",
            "o2o.stock.declaration.line",
            "o2o.stock.request",
        ):
            self.env[name].flush_model()
        return SQL(
            """
            WITH stock AS (%(stock)s), carried AS (%(carried)s),
            item AS (%(item)s), lost AS (%(lost)s), cell AS (
                SELECT carried.warehouse_id, item.*,
                       COALESCE(stock.quantity, 0) AS quantity,
                       COALESCE(stock.quantity - stock.reserved, 0) AS free,
                       MAX(COALESCE(stock.quantity, 0)) OVER (
                           PARTITION BY carried.warehouse_id, item.product_tmpl_id,
                                        item.variant) AS most
                  FROM carried
                  JOIN item ON item.product_tmpl_id = carried.product_tmpl_id
             LEFT JOIN stock ON stock.warehouse_id = carried.warehouse_id
                   AND stock.product_id = item.product_id
            )
            SELECT ROW_NUMBER() OVER (ORDER BY cell.warehouse_id, cell.product_id) AS id,
                   w.company_id, cell.warehouse_id, w.dealer_id, cell.product_tmpl_id,
                   t.categ_id, cell.product_id, cell.size_id, cell.size_sequence,
                   cell.variant, cell.quantity, cell.free,
                   CASE WHEN cell.free > 0 THEN 'there' WHEN cell.most > 0 THEN 'hole'
                        ELSE 'sold_out' END AS state,
                   (cell.free <= 0 AND cell.most > 0)::int AS hole,
                   COALESCE(lost.quantity, 0) AS lost
              FROM cell
              JOIN stock_warehouse w ON w.id = cell.warehouse_id
              JOIN product_template t ON t.id = cell.product_tmpl_id
         LEFT JOIN lost ON lost.warehouse_id = cell.warehouse_id
               AND lost.product_id = cell.product_id
            """,
            stock=self._query_stock(),
            carried=self._query_carried(),
            item=self._query_item(),
            lost=self._query_lost(),
        )

    def _query_stock(self):
        """What lies in the pools of stores."""
        return SQL(
            """SELECT w.id AS warehouse_id, q.product_id, SUM(q.quantity) AS quantity,
                      SUM(q.reserved_quantity) AS reserved
                 FROM stock_quant q
                 JOIN stock_location l ON l.id = q.location_id
                 JOIN stock_warehouse w ON w.id = l.warehouse_id AND w.active
                  AND w.dealer_id IS NOT NULL
                 JOIN stock_location pool ON pool.id = w.o2o_location_id
                WHERE l.parent_path LIKE pool.parent_path || '%%'
                GROUP BY w.id, q.product_id"""
        )

    def _query_carried(self):
        """Styles that a store has or was counted to have."""
        return SQL(
            """SELECT DISTINCT has.warehouse_id, p.product_tmpl_id FROM (
                   SELECT warehouse_id, product_id FROM stock WHERE quantity > 0
                   UNION
                   SELECT warehouse_id, product_id FROM o2o_stock_declaration_line
                    WHERE kind = 'count' AND outcome IN ('applied', 'unchanged')
                      AND quantity > 0
               ) AS has
                 JOIN product_product p ON p.id = has.product_id
                 JOIN stock_warehouse w ON w.id = has.warehouse_id AND w.active"""
        )

    def _query_item(self):
        """Every variant of a style with its size."""
        return SQL(
            """SELECT p.id AS product_id, p.product_tmpl_id, v.id AS size_id,
                      v.sequence AS size_sequence,
                      COALESCE((SELECT STRING_AGG(o.product_attribute_value_id::text,
                                ',' ORDER BY o.product_attribute_value_id)
                         FROM product_variant_combination oc
                         JOIN product_template_attribute_value o
                           ON o.id = oc.product_template_attribute_value_id
                        WHERE oc.product_product_id = p.id
                          AND o.id != ptav.id), '') AS variant
                 FROM product_product p
                 JOIN product_variant_combination c ON c.product_product_id = p.id
                 JOIN product_template_attribute_value ptav
                   ON ptav.id = c.product_template_attribute_value_id
                 JOIN product_attribute_value v ON v.id = ptav.product_attribute_value_id
                 JOIN product_attribute a ON a.id = v.attribute_id AND a.o2o_is_size
                WHERE p.active"""
        )

    def _query_lost(self):
        return SQL(
            """SELECT warehouse_id, product_id, SUM(quantity) AS quantity
                 FROM o2o_stock_request WHERE date >= %s
                GROUP BY warehouse_id, product_id""",
            fields.Datetime.subtract(fields.Datetime.now(), days=LOST_DAYS),
        )
