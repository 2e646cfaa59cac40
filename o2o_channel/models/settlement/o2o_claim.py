from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError
from odoo.tools import SQL, float_compare

INTERNAL = object()
CLAIM_TYPES = [
    ("product", "Product"),
    ("transport", "Transport"),
    ("installation", "Installation"),
    ("stock", "Stock"),
    ("price", "Price Promise"),
]
FIXED_FIELDS = frozenset(
    "name state provided move_id provision_move_id closing".split()
)
BOOKED_STATES = ("open", "allocated", "closed", "cancelled")
# What was paid for stays as it was paid.
BOOKED_FIELDS = frozenset(
    "company_id order_id dispatch_id amount date journal_id type".split()
)


class O2oClaim(models.Model):
    """A consumer's claim: what it cost, who is liable, and how each of them pays it back.

    The cost is booked when the claim is opened. Once liability is allocated in full, each
    party's part is charged to its clearing and taken by its next statement. Until then the
    order's shares are held.
    """

    _name = "o2o.claim"
    _description = "Claim"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number",
        readonly=True,
        copy=False,
        default=lambda self: self.env._("New"),
        index="trigram",
    )
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    type = fields.Selection(
        CLAIM_TYPES,
        required=True,
        default="product",
        tracking=True,
    )
    order_id = fields.Many2one(
        "sale.order",
        required=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        tracking=True,
        domain="[('o2o_channel_id', '!=', False)]",
    )
    dispatch_id = fields.Many2one(
        "o2o.dispatch",
        string="Leg",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('order_id', '=', order_id)]",
        help="Which delivery it is about. Empty: the whole order.",
    )
    consumer_id = fields.Many2one(related="order_id.partner_id", string="Consumer")
    description = fields.Text(required=True, help="What the consumer says happened.")
    date = fields.Date(
        required=True, default=fields.Date.context_today, help="When the claim came in."
    )
    deadline = fields.Date(
        tracking=True,
        help="Until then the liable parties may answer. Empty: the company's days.",
    )
    amount = fields.Monetary(
        string="Paid to Consumer", required=True, tracking=True, help="What it cost."
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Paid From",
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Bank or cash journal. Empty: it is owed to the consumer and paid later.",
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("open", "Open"),
            ("allocated", "Allocated"),
            ("closed", "Closed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
        group_expand=True,
        help="Open: the cost is booked, liability isn't decided. Allocated: liability adds up "
        "to 100 %. Closed: each party's part is charged to it.",
    )
    liability_ids = fields.One2many("o2o.claim.liability", "claim_id", copy=True)
    allocated_percent = fields.Float(compute="_compute_allocated_percent")
    provided = fields.Boolean(
        readonly=True,
        copy=False,
        tracking=True,
        help="Headquarters bears the cost until liability is decided, so that the month can "
        "be closed.",
    )
    provision_reason = fields.Char(tracking=True)
    move_id = fields.Many2one(
        "account.move", string="Cost Entry", readonly=True, copy=False
    )
    provision_move_id = fields.Many2one(
        "account.move", string="Provision Entry", readonly=True, copy=False
    )
    closing = fields.Integer(
        readonly=True, copy=False, help="Counts how often it was closed."
    )
    clearing_line_ids = fields.One2many(
        "o2o.clearing.line", compute="_compute_clearing_line_ids", string="Charges"
    )

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "The amount paid to the consumer must be above zero."
    )

    # === Computes ===
    @api.depends("liability_ids.percent")
    def _compute_allocated_percent(self):
        for claim in self:
            claim.allocated_percent = sum(claim.liability_ids.mapped("percent"))

    @api.depends("state", "closing")
    def _compute_clearing_line_ids(self):
        for claim in self:
            claim.clearing_line_ids = self.env["o2o.clearing.line"].search(
                [("res_model", "=", self._name), ("res_id", "=", claim.id)]
            )

    # === Guards ===
    @api.constrains("order_id", "dispatch_id")
    def _check_leg_of_order(self):
        """A leg of another order would hold none of this one's shares."""
        for claim in self.filtered("dispatch_id"):
            # sudo: who handles claims needn't be allowed to see every leg
            leg = claim.dispatch_id.sudo()
            if leg.order_id != claim.order_id:
                raise ValidationError(
                    self.env._(
                        "Claim %(name)s: leg %(leg)s is of order %(other)s, not of %(order)s. "
                        "Choose a leg of its own order, or none.",
                        name=claim.name,
                        leg=leg.display_name,
                        other=leg.order_id.name,
                        order=claim.order_id.name,
                    )
                )

    @api.onchange("order_id")
    def _onchange_order_id(self):
        if self.dispatch_id.order_id != self.order_id:
            self.dispatch_id = False

    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: a claim begins as a draft that nothing is booked of.

        Whatever is passed on, or the context or a kept default says.
        """
        new = dict.fromkeys(FIXED_FIELDS, False)
        new |= {"name": "New", "state": "draft", "closing": 0}
        claims = super().create([vals | new for vals in vals_list])
        for claim in claims:
            claim._set(
                name=self.env["ir.sequence"]
                .with_company(claim.company_id)
                .next_by_code("o2o.claim")
            )
        return claims

    def write(self, vals):
        """Override: what is booked stays; states follow the buttons."""
        touched = FIXED_FIELDS & set(vals)
        if any(claim.state in BOOKED_STATES for claim in self):
            touched |= BOOKED_FIELDS & set(vals)
        if any(claim.provided for claim in self):
            touched |= {"provision_reason"} & set(vals)
        if touched and self:
            self._require_internal(touched)
        return super().write(vals)

    def _require_internal(self, names):
        """Refuse to write fields that the claim's own steps write."""
        if self.env.context.get("o2o_internal") is not INTERNAL:
            raise UserError(
                self.env._(
                    "Claim %(name)s: %(fields)s can't be edited any more. Cancel the claim and "
                    "enter it again.",
                    name=self[0].name,
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(names)
                    ),
                )
            )

    def _set(self, **values):
        return self.with_context(o2o_internal=INTERNAL).write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_draft(self):
        for claim in self:
            if claim.state != "draft":
                raise UserError(
                    self.env._(
                        "Claim %(name)s is booked and stays. Cancel it instead.",
                        name=claim.name,
                    )
                )

    def _lock(self):
        """Of two who decide at once the second starts over and finds it decided."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE o2o_claim SET write_date = write_date WHERE id IN %s",
                tuple(self.ids) or (0,),
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(["state"])

    def _require_state(self, *allowed):
        self.check_access("write")
        accountant = self.env.user.has_group("o2o_channel.o2o_group_accountant")
        if not accountant and not self.env.su:
            raise AccessError(
                self.env._(
                    "Only a channel accountant opens, charges or cancels claims."
                )
            )
        self._lock()
        labels = dict(self._fields["state"]._description_selection(self.env))
        for claim in self:
            if claim.state not in allowed:
                raise UserError(
                    self.env._(
                        "Claim %(name)s is %(state)s. This needs one that is %(allowed)s.",
                        name=claim.name,
                        state=labels[claim.state],
                        allowed=" / ".join(labels[state] for state in allowed),
                    )
                )

    # === Steps ===
    def action_open(self):
        """Book the cost, hold the order's shares, tell the parties."""
        self._require_state("draft")
        for claim in self:
            company = claim.company_id
            company._o2o_check_claims_set_up()
            claim._set(
                state="open",
                deadline=claim.deadline
                or claim.date + timedelta(days=company.o2o_claim_days),
                move_id=claim._book_cost().id,
            )
            claim._tell_parties(claim.liability_ids)
        return True

    def action_allocate(self):
        """Fix who is liable: the parts must come to 100 %."""
        self._require_state("open")
        for claim in self:
            total = claim.allocated_percent
            if float_compare(total, 100.0, precision_digits=2):
                raise ValidationError(
                    self.env._(
                        "Claim %(name)s: liability adds up to %(total).2f %%, not to 100 %%. "
                        "Correct the percentages; headquarters may bear a part itself.",
                        name=claim.name,
                        total=total,
                    )
                )
            claim._set(state="allocated")
        return True

    def action_close(self):
        """Charge each party its part; its next statement takes it."""
        self._require_state("allocated")
        for claim in self:
            claim._book_parts()
            claim._set(state="closed", closing=claim.closing + 1)
            claim._tell_parties(claim.liability_ids, "mail_template_o2o_claim_charged")
            claim.activity_unlink(["mail.mail_activity_data_todo"])
        return True

    def action_reopen(self):
        """Take the charges back by further lines and decide again."""
        self._require_state("allocated", "closed")
        for claim in self:
            if claim.state == "closed":
                claim._book_parts(back=True)
            claim._set(state="open")
        return True

    def action_provide(self):
        """Let headquarters bear the cost for now, so that the month can be closed."""
        self._require_state("open", "allocated")
        for claim in self:
            if not (claim.provision_reason or "").strip():
                raise ValidationError(
                    self.env._(
                        "Claim %(name)s: say under Provision Reason why liability can't be "
                        "decided yet.",
                        name=claim.name,
                    )
                )
            if not claim.provided:
                claim._set(provided=True, provision_move_id=claim._book_provision().id)
        return True

    def action_cancel(self):
        """Drop a draft, or take back a claim whose money came back."""
        self._require_state("draft", "open")
        for claim in self:
            claim._reverse_entries()
            claim._set(state="cancelled")
        return True

    def _tell_parties(self, parts, template="mail_template_o2o_claim"):
        """Mail each party its own part, in its language; the claim keeps what was said."""
        template = self.env.ref(f"o2o_channel.{template}", False)
        own = self.company_id.partner_id
        for part in parts.filtered(lambda part: template and part.partner_id != own):
            # sudo: who handles claims needn't be allowed to read mail templates
            texts = {
                name: template.sudo()._render_field(
                    name, part.ids, compute_lang=True, **options
                )[part.id]
                for name, options in (
                    ("subject", {}),
                    ("body_html", {"options": {"post_process": True}}),
                )
            }
            self.message_post(
                subject=texts["subject"],
                body=texts["body_html"],
                partner_ids=part.partner_id.ids,
                subtype_xmlid="mail.mt_comment",
            )

    @api.model
    def _cron_remind(self):
        """Put claims past their deadline before an accountant, once each."""
        late = self.search(
            [
                ("state", "=", "open"),
                ("deadline", "<", fields.Date.context_today(self)),
                ("activity_ids", "=", False),
            ]
        )
        group = self.env.ref("o2o_channel.o2o_group_accountant")
        for claim in late:
            users = group.all_user_ids.filtered(
                lambda user, company=claim.company_id: company in user.company_ids
            )
            claim.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=users[:1].id or self.env.uid,
                summary=self.env._("Decide who is liable"),
            )

    def action_view_charges(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Charges of %(name)s", name=self.name),
            "res_model": "o2o.clearing.line",
            "view_mode": "list,form",
            "domain": [("res_model", "=", self._name), ("res_id", "=", self.id)],
        }
