from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

# Passed in the context by this room's own methods. A caller over RPC can send any context
# key, but never this very object, so the guard can't be talked round.
INTERNAL = object()

PROTECTED_FIELDS = frozenset(
    "company_id partner_id period_id date_from date_to state payee_kind line_ids opening_carry"
    " amount_lines amount_total amount_withheld carried carried_to_id shares_billed bill_id"
    " move_id name confirmed_by_id confirmed_on sent_on".split()
)
DECIDED_STATES = ("confirmed", "billed", "paid")


class O2oSettlement(models.Model):
    """What one payee earned in one period, and the bill or withholding entry it became.

    A statement takes split lines and never changes them; its totals are written by the
    period in set-based SQL. What is wrong on a billed statement is put right by the next one.
    """

    _name = "o2o.settlement"
    _description = "Settlement Statement"
    _inherit = ["portal.mixin", "mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, name, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Reference", required=True, readonly=True, index="trigram"
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    period_id = fields.Many2one(
        "o2o.settlement.period", readonly=True, index=True, ondelete="restrict"
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Payee",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    date_from = fields.Date(required=True, readonly=True)
    date_to = fields.Date(required=True, readonly=True)
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("sent", "Sent"),
            ("confirmed", "Confirmed"),
            ("billed", "Billed"),
            ("paid", "Paid"),
            ("disputed", "Disputed"),
            ("cancelled", "Cancelled"),
        ],
        default="draft",
        required=True,
        compute="_compute_state",
        store=True,
        copy=False,
        tracking=True,
        group_expand=True,
        help="Draft: not shown to the payee. Sent: waits for the payee. Confirmed: agreed; carried "
        "forward, or its bill is not posted yet. Billed: the bill or withholding entry is posted. "
        "Paid: that is paid. Disputed: the payee objects. Cancelled: its lines are free again.",
    )
    payee_kind = fields.Selection(
        [("business", "Business (bill)"), ("individual", "Individual (withholding)")],
        required=True,
        readonly=True,
        default="business",
        help="A dealer or company is billed with tax per role; from a person's pay income tax "
        "is withheld.",
    )
    # --- amounts: written set-based by the period, without tax ---
    line_ids = fields.One2many(
        "o2o.split.line", "statement_id", string="Lines", readonly=True
    )
    opening_carry = fields.Monetary(
        readonly=True,
        help="Total of the earlier statements that were carried forward to here.",
    )
    amount_lines = fields.Monetary(string="This Period", readonly=True)
    amount_total = fields.Monetary(
        string="Total",
        readonly=True,
        help="Opening carry and lines of the period, without tax.",
    )
    amount_tax = fields.Monetary(string="VAT", compute="_compute_payable")
    amount_withheld = fields.Monetary(
        string="Tax Withheld",
        compute="_compute_payable",
        help="Income tax kept for the tax office.",
    )
    amount_payable = fields.Monetary(
        string="Payable",
        compute="_compute_payable",
        help="What the payee gets: total, plus VAT, less income tax withheld.",
    )
    # --- carry forward ---
    carried = fields.Boolean(
        readonly=True,
        copy=False,
        help="Not billed: the total went forward to a later statement.",
    )
    carried_to_id = fields.Many2one(
        "o2o.settlement",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    carried_ids = fields.One2many(
        "o2o.settlement", "carried_to_id", string="Carried From"
    )
    # --- documents ---
    shares_billed = fields.Boolean(
        readonly=True,
        copy=False,
        help="The shares have left the clearing account: with this statement's document, or "
        "with that of the statement it was carried forward to.",
    )
    bill_id = fields.Many2one(
        "account.move", readonly=True, copy=False, index="btree_not_null"
    )
    move_id = fields.Many2one(
        "account.move",
        string="Withholding Entry",
        readonly=True,
        copy=False,
        index="btree_not_null",
    )
    confirmed_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    confirmed_on = fields.Datetime(readonly=True, copy=False)
    sent_on = fields.Datetime(readonly=True, copy=False)

    _payee_period_uniq = models.UniqueIndex(
        "(company_id, partner_id, date_from, date_to) WHERE state != 'cancelled'",
        "This payee has a statement for the period already.",
    )

    # === Computes ===
    @api.depends(
        "bill_id.payment_state", "move_id.line_ids.amount_residual", "move_id.state"
    )
    def _compute_state(self):
        """Follow the payment of the document both ways; every other state stays as written."""
        for statement in self:
            state = statement.state or "draft"
            if state in ("billed", "paid"):
                state = "paid" if statement._is_paid() else "billed"
            statement.state = state

    def _is_paid(self):
        self.ensure_one()
        if self.bill_id:
            return self.bill_id.payment_state in ("in_payment", "paid")
        account = self.company_id.o2o_individual_account_id
        payable = self.move_id.line_ids.filtered(
            lambda line: line.account_id == account
        )
        return bool(payable) and all(payable.mapped("reconciled"))

    def _compute_access_url(self):
        super()._compute_access_url()
        for statement in self:
            statement.access_url = f"/my/o2o/statements/{statement.id}"

    # === Guards ===
    def write(self, vals):
        touched = PROTECTED_FIELDS & set(vals)
        if touched and self and self.env.context.get("o2o_internal") is not INTERNAL:
            raise UserError(
                self.env._(
                    "Statement %(name)s: %(fields)s can't be edited. Cancel the statement while it "
                    "is a draft or sent; after that, the next statement puts things right.",
                    name=self[0].name,
                    fields=", ".join(
                        sorted(self._fields[name].string for name in touched)
                    ),
                )
            )
        return super().write(vals)

    def _check_not_fixed(self, vals, names):
        """Raise when one of the fields ``names`` is written from outside this room."""
        touched = [name for name in names if name in vals]
        if touched and self and self.env.context.get("o2o_internal") is not INTERNAL:
            raise UserError(
                self.env._(
                    "Statement %(name)s: %(fields)s can't be edited by hand.",
                    name=self[0].name,
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in touched
                    ),
                )
            )

    def _set(self, **values):
        """Write protected fields from this room's own methods."""
        return self.with_context(o2o_internal=INTERNAL).write(values)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_empty_draft(self):
        for statement in self:
            if (
                statement.state != "draft"
                or statement.line_ids
                or statement.carried_ids
            ):
                raise UserError(
                    self.env._(
                        "Statement %(name)s (%(state)s) can't be deleted. Cancel it while it is a "
                        "draft or sent; a billed one is corrected by the next statement.",
                        name=statement.name,
                        state=dict(
                            self._fields["state"]._description_selection(self.env)
                        )[statement.state],
                    )
                )

    def _lock(self):
        """Take the rows before deciding on them.

        Waits for another transaction that decides on the same statement. When that one
        commits, PostgreSQL raises a serialisation failure here and Odoo replays the request,
        which then finds the statement decided.
        """
        if self:
            self.env.flush_all()
            self.env.cr.execute(
                SQL(
                    "SELECT id FROM o2o_settlement WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                    tuple(self.ids),
                ),
                log_exceptions=False,
            )
            self.invalidate_recordset(["state", "bill_id", "move_id", "carried_to_id"])

    def _require_state(self, allowed):
        """Raise for the first statement whose state isn't one of ``allowed``."""
        labels = dict(self._fields["state"]._description_selection(self.env))
        for statement in self:
            if statement.state not in allowed:
                raise UserError(
                    self.env._(
                        "Statement %(name)s of %(payee)s is %(state)s. This needs one that is "
                        "%(allowed)s.",
                        name=statement.name,
                        payee=statement.partner_id.display_name,
                        state=labels[statement.state],
                        allowed=" / ".join(labels[state] for state in allowed),
                    )
                )

    # === Buttons ===
    def action_send(self):
        """Show the statements to their payees and mail the link to those with an address."""
        self.check_access("write")
        self._lock()
        self._require_state(("draft", "sent", "disputed"))
        self._set(state="sent", sent_on=fields.Datetime.now())
        template = self.env.ref("o2o_channel.mail_template_o2o_settlement_sent", False)
        reachable = self.filtered("partner_id.email")
        if template and reachable:
            template.send_mail_batch(reachable.ids)

    def action_dispute(self):
        """Keep a sent statement from being confirmed until HQ has answered the payee."""
        self.check_access("write")
        self._lock()
        self._require_state(("sent",))
        self._set(state="disputed")

    def action_cancel(self):
        """Free the lines and carries of statements nobody has confirmed; keep the statements."""
        self.check_access("write")
        self._lock()
        self._require_state(("draft", "sent", "disputed"))
        self.line_ids._mark_stated(self.browse())
        self.carried_ids._set(carried_to_id=False)
        self._set(state="cancelled")

    def action_view_lines(self):
        """Open every line behind the total, those of carried statements too."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Lines of %(name)s", name=self.name),
            "res_model": "o2o.split.line",
            "view_mode": "list,form",
            "domain": [("id", "in", self._composition().ids)],
        }

    def action_view_document(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "account.move",
            "view_mode": "form",
            "res_id": (self.bill_id or self.move_id).id,
        }
