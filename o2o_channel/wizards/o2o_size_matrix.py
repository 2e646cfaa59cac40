from odoo import api, fields, models

MOST_STYLES = 200


class O2oSizeMatrix(models.TransientModel):
    """Styles by sizes of one store, with the missing sizes marked."""

    _name = "o2o.size.matrix"
    _description = "Size Matrix"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        domain="[('dealer_id', '!=', False)]",
        default=lambda self: self._default_warehouse_id(),
    )
    categ_id = fields.Many2one("product.category", string="Category")
    only_broken = fields.Boolean(
        string="Broken Styles Only",
        default=True,
        help="Only styles of which some sizes are there and others are missing.",
    )
    matrix = fields.Html(compute="_compute_matrix", sanitize=False)

    def _default_warehouse_id(self):
        """A store with missing sizes when there is one."""
        companies = self.env.companies.ids
        hole = self.env["o2o.size.report"].search(
            [("company_id", "in", companies), ("state", "=", "hole")], limit=1
        )
        return hole.warehouse_id or self.env["stock.warehouse"].search(
            [("dealer_id", "!=", False), ("company_id", "in", companies)], limit=1
        )

    @api.depends("warehouse_id")
    def _compute_display_name(self):
        for wizard in self:
            wizard.display_name = self.env._(
                "Sizes in %(store)s", store=wizard.warehouse_id.name or ""
            )

    @api.depends("warehouse_id", "categ_id", "only_broken")
    @api.depends_context("lang")
    def _compute_matrix(self):
        for wizard in self:
            wizard.matrix = self.env["ir.qweb"]._render(
                "o2o_channel.size_matrix", wizard._prepare_matrix()
            )

    def _prepare_matrix(self):
        """What the table shows: sizes, and per style and colour the cell of each."""
        self.ensure_one()
        domain = [("warehouse_id", "=", self.warehouse_id.id)]
        if self.categ_id:
            domain.append(("categ_id", "child_of", self.categ_id.id))
        cells = self.env["o2o.size.report"].search(domain)
        styles = cells.grouped(lambda cell: (cell.product_tmpl_id, cell.variant))
        rows = [
            {
                "name": style.display_name,
                "variant": self._variant_name(variant),
                "cells": {cell.size_id: cell for cell in own},
                "holes": sum(own.mapped("hole")),
                "lost": sum(own.mapped("lost")),
            }
            for (style, variant), own in styles.items()
        ]
        if self.only_broken:
            rows = [row for row in rows if row["holes"]]
        rows.sort(key=lambda row: (-row["lost"], -row["holes"], row["name"]))
        shown = rows[:MOST_STYLES]
        sizes = {size for row in shown for size in row["cells"]}
        return {
            "sizes": sorted(sizes, key=lambda s: (s.attribute_id.id, s.sequence, s.id)),
            "rows": shown,
            "left": len(rows) - len(shown),
            "only_broken": self.only_broken,
        }

    def _variant_name(self, variant):
        ids = [int(one) for one in variant.split(",") if one]
        values = self.env["product.attribute.value"].browse(ids)
        return ", ".join(values.mapped("name"))
