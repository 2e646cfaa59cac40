from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError

REASONS = [
    ("hidden", "Hidden Stock"),
    ("unreported", "Sales Not Reported"),
    ("foreign", "Goods from Elsewhere"),
    ("loss", "Loss or Theft"),
    ("counting", "Counted Wrongly"),
    ("booking", "Our Own Booking"),
    ("fine", "All in Order"),
]
# What people write; the rest is found out by the system.
WRITABLE = {"reason", "note"}


class O2oStockAudit(models.Model):
    """What flowed into and out of a store against what it declares, for one product.

    Where both differ too much it is a case: headquarters asks for a blind count, which
    the store's people answer without seeing any figure, and closes it with a reason.
    """

    _name = "o2o.stock.audit"
    _description = "Stock Audit"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "id desc"
    _check_company_auto = True

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
    )
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, index=True, precompute=True
    )
    dealer_id = fields.Many2one(
        related="warehouse_id.dealer_id", store=True, precompute=True
    )
    product_id = fields.Many2one(
        "product.product", required=True, readonly=True, ondelete="restrict"
    )
    date_from = fields.Datetime(string="Opening Count", readonly=True)
    date_to = fields.Datetime(string="Closing Count", required=True, readonly=True)
    opening = fields.Float(digits="Product Unit", readonly=True)
    hq_in = fields.Float(
        string="Shipped In",
        digits="Product Unit",
        readonly=True,
        help="What headquarters moved into the pool, less what it took back.",
    )
    o2o_out = fields.Float(
        string="Shipped for Orders",
        digits="Product Unit",
        readonly=True,
        help="What the store shipped to customers, less what they returned to it.",
    )
    pos_out = fields.Float(
        string="Sold in the Store",
        digits="Product Unit",
        readonly=True,
        help="Sales that the store reported by file, page or API.",
    )
    expected = fields.Float(digits="Product Unit", readonly=True)
    declared = fields.Float(digits="Product Unit", readonly=True)
    gap = fields.Float(
        digits="Product Unit",
        readonly=True,
        help="Expected less declared. Above 0, goods are missing or hidden; below 0, "
        "there are more than could be there.",
    )
    gap_rate = fields.Float(string="Gap (%)", readonly=True)
    state = fields.Selection(
        [
            ("small", "Within Tolerance"),
            ("case", "Case"),
            ("counting", "Blind Count Asked"),
            ("counted", "Counted"),
            ("closed", "Closed"),
        ],
        required=True,
        readonly=True,
        default="case",
        index=True,
        tracking=True,
    )
    shown_before = fields.Float(
        string="Pool Before the Blind Count", digits="Product Unit", readonly=True
    )
    counted = fields.Float(string="Blind Count", digits="Product Unit", readonly=True)
    counted_at = fields.Datetime(string="Counted on", readonly=True)
    declaration_id = fields.Many2one(
        "o2o.stock.declaration", string="Declared by the Count", readonly=True
    )
    reason = fields.Selection(REASONS, tracking=True, help="What it turned out to be.")
    note = fields.Text()
    closed_by = fields.Many2one("res.users", readonly=True)
    closed_at = fields.Datetime(readonly=True)

    _closing_uniq = models.Constraint(
        "UNIQUE(warehouse_id, product_id, date_to)", "This count was audited already."
    )

    @api.depends("warehouse_id", "product_id")
    def _compute_display_name(self):
        for audit in self:
            product = audit.product_id.display_name
            audit.display_name = f"{audit.warehouse_id.name}: {product}"

    def write(self, vals):
        chatter = {n for n in vals if n.startswith(("message_", "activity_"))}
        if not self.env.su and vals.keys() - WRITABLE - chatter:
            raise AccessError(
                self.env._(
                    "Audits are changed by their buttons, which keep the record."
                )
            )
        if WRITABLE & vals.keys() and "closed" in self.mapped("state"):
            raise UserError(self.env._("A closed audit stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Audits are a record and can't be deleted."))

    def action_request_count(self):
        """Button: have the store count, without seeing what we believe."""
        self._check_manager()
        for audit in self:
            if audit.state not in ("case", "small"):
                raise UserError(
                    self.env._(
                        "%(audit)s: a count was asked for or answered already.",
                        audit=audit.display_name,
                    )
                )
        self.sudo().write({"state": "counting"})
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_close(self):
        """Button: the case is settled, for the reason given."""
        self._check_manager()
        for audit in self:
            if audit.state == "closed":
                raise UserError(self.env._("A closed audit stays as it is."))
            if not audit.reason:
                raise UserError(
                    self.env._(
                        "%(audit)s: give the reason first; the statistics need it.",
                        audit=audit.display_name,
                    )
                )
        self.sudo().write(
            {
                "state": "closed",
                "closed_by": self.env.uid,
                "closed_at": fields.Datetime.now(),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def _check_manager(self):
        # the buttons write with sudo what nobody may write by hand
        self.check_access("write")

    # The blind count

    @api.model
    def _tasks_of(self, store):
        """Audits for which this store has to count, sudoed."""
        # sudo: a dealer's people have no rights on audits; the caller knows the store
        return self.sudo().search(
            [("warehouse_id", "=", store.id), ("state", "=", "counting")],
            order="product_id, id",
        )

    @api.model
    def _answer_tasks(self, store, quantities):
        """Take a blind count: {audit id: text}. Returns the declaration, or None.

        The count sets the pool like any other; how near the pool had been counts in
        the store's trust."""
        tasks = self._tasks_of(store).filtered(lambda one: quantities.get(one.id))
        if not tasks:
            return None
        by_product = {one.product_id: quantities[one.id] for one in tasks}
        one = store._o2o_declare(
            [
                {"product": product, "quantity": text}
                for product, text in by_product.items()
            ],
            "count",
        )
        # sudo: see _tasks_of
        for line in one.sudo().line_ids.filtered(lambda row: row.outcome != "refused"):
            own = tasks.filtered(lambda t, line=line: t.product_id == line.product_id)
            own._post_count(line)
        return one

    def _post_count(self, line):
        self.write(
            {
                "state": "counted",
                "shown_before": line.quantity_before,
                "counted": line.quantity,
                "counted_at": line.counted_at,
                "declaration_id": line.declaration_id.id,
            }
        )
        self.warehouse_id._o2o_record_count(
            line.product_id,
            line.quantity_before,
            line.quantity,
            reference=f"o2o.stock.audit,{self[:1].id}",
        )
        for audit in self:
            audit._notify_manager(self.env._("Blind count answered: decide the case"))

    def _notify_manager(self, summary):
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=self.company_id._o2o_manager().id,
            summary=summary,
        )
