from datetime import timedelta

from dateutil.relativedelta import relativedelta

from odoo import fields, models
from odoo.exceptions import UserError


class O2oStockAuditStart(models.TransientModel):
    """The hidden-stock test by hand, or a blind count without one."""

    _name = "o2o.stock.audit.start"
    _description = "Audit Stock"

    mode = fields.Selection(
        [("test", "Test the flows"), ("count", "Ask for a blind count")],
        required=True,
        default="test",
        help="Test the flows: opening and what was shipped in, less what was shipped "
        "and sold, against what was declared. Blind count: the store counts products "
        "without seeing a figure.",
    )
    warehouse_ids = fields.Many2many(
        "stock.warehouse",
        string="Stores",
        domain="[('dealer_id', '!=', False)]",
        help="Empty: all stores.",
    )
    product_ids = fields.Many2many("product.product", string="Products")
    date_from = fields.Date(
        string="From", default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="Until", default=lambda self: self.env.company._o2o_today()
    )

    def _default_date_from(self):
        return self.env.company._o2o_today() - relativedelta(months=1)

    def action_start(self):
        """Run it and show what came of it."""
        self.ensure_one()
        self.env["o2o.stock.audit"].check_access("write")
        audits = self._ask() if self.mode == "count" else self._test()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_stock_audit_action"
        )
        return action | {"domain": [("id", "in", audits.ids)], "context": {}}

    def _test(self):
        if not self.date_from or not self.date_to or self.date_from > self.date_to:
            raise UserError(
                self.env._(
                    'The period from "%(start)s" to "%(end)s" is none. Give a first '
                    "and a last day.",
                    start=self.date_from or "",
                    end=self.date_to or "",
                )
            )
        stores = self.warehouse_ids or self.env["stock.warehouse"].search(
            [("dealer_id", "!=", False)]
        )
        company = self.env.company
        return self.env["o2o.stock.audit"]._run(
            stores,
            company._o2o_midnight(self.date_from),
            company._o2o_midnight(self.date_to + timedelta(days=1)),
        )

    def _ask(self):
        if not self.warehouse_ids or not self.product_ids:
            raise UserError(
                self.env._("Choose the stores that count, and the products to count.")
            )
        audits = self.env["o2o.stock.audit"]
        for store in self.warehouse_ids:
            audits |= audits._ask_for_count(store, self.product_ids)
        return audits
