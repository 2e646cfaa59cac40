from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .o2o_settlement import INTERNAL

FIXED_FIELDS = frozenset(
    "settlement_id split_line_id clearing_line_id reason state adjustment_line_id"
    " opened_on answered_on answered_by_id deadline".split()
)


class O2oSettlementDispute(models.Model):
    """A payee's objection to one line of a statement.

    The line leaves its statement and waits, so that the rest is confirmed and paid. Once
    headquarters has answered, it goes onto the next statement, with an adjustment where the
    payee was right.
    """

    _name = "o2o.settlement.dispute"
    _description = "Disputed Line"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "state desc, deadline, id"
    _check_company_auto = True

    name = fields.Char(
        string="Reference", compute="_compute_name", store=True, index="trigram"
    )
    settlement_id = fields.Many2one(
        "o2o.settlement",
        string="Statement",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
        check_company=True,
        help="The statement that the line stood on.",
    )
    company_id = fields.Many2one(
        related="settlement_id.company_id", store=True, index=True
    )
    currency_id = fields.Many2one(related="settlement_id.currency_id")
    partner_id = fields.Many2one(
        related="settlement_id.partner_id", string="Payee", store=True, index=True
    )
    split_line_id = fields.Many2one(
        "o2o.split.line",
        string="Share",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    clearing_line_id = fields.Many2one(
        "o2o.clearing.line",
        string="Offset",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    order_id = fields.Many2one("sale.order", compute="_compute_line", store=True)
    amount = fields.Monetary(
        string="Disputed Amount", compute="_compute_line", store=True
    )
    reason = fields.Text(required=True, readonly=True, help="In the payee's words.")
    state = fields.Selection(
        [("open", "Open"), ("accepted", "Accepted"), ("rejected", "Rejected")],
        default="open",
        required=True,
        readonly=True,
        tracking=True,
        help="Open: the line is held. Accepted: the payee is right, an adjustment puts it "
        "right. Rejected: the line stands as it is.",
    )
    opened_on = fields.Datetime(readonly=True, default=fields.Datetime.now)
    deadline = fields.Date(
        readonly=True, help="By then headquarters answers; after it, it is overdue."
    )
    is_overdue = fields.Boolean(
        string="Overdue", compute="_compute_is_overdue", search="_search_is_overdue"
    )
    answer = fields.Text(
        tracking=True, help="The payee reads this on the portal and in a message."
    )
    adjustment = fields.Monetary(
        help="What the payee gets more (above zero) or less (below) when the dispute is "
        "accepted. It goes onto the next statement.",
    )
    adjustment_account_id = fields.Many2one(
        "account.account",
        check_company=True,
        domain="[('internal_group', 'in', ('expense', 'income'))]",
        help="Where the adjustment is booked. Empty: the expense account of the share's role.",
    )
    adjustment_line_id = fields.Many2one("o2o.clearing.line", readonly=True, copy=False)
    answered_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    answered_on = fields.Datetime(readonly=True, copy=False)

    _one_line = models.Constraint(
        "CHECK (num_nonnulls(split_line_id, clearing_line_id) = 1)",
        "A dispute is about one share or one offset.",
    )
    _split_line_uniq = models.UniqueIndex(
        "(split_line_id) WHERE state = 'open' AND split_line_id IS NOT NULL",
        "This line is disputed already.",
    )
    _clearing_line_uniq = models.UniqueIndex(
        "(clearing_line_id) WHERE state = 'open' AND clearing_line_id IS NOT NULL",
        "This line is disputed already.",
    )

    # === Computes ===
    @api.depends("settlement_id.name", "split_line_id", "clearing_line_id")
    def _compute_name(self):
        for dispute in self:
            line = dispute._line()
            subject = line.order_id.name or (line.name if "name" in line else "")
            dispute.name = " ".join(filter(None, [dispute.settlement_id.name, subject]))

    @api.depends("split_line_id.amount", "clearing_line_id.amount")
    def _compute_line(self):
        for dispute in self:
            line = dispute._line()
            dispute.order_id = line.order_id
            dispute.amount = line.amount

    def _line(self):
        self.ensure_one()
        return self.split_line_id or self.clearing_line_id

    @api.depends("deadline", "state")
    def _compute_is_overdue(self):
        today = fields.Date.context_today(self)
        for dispute in self:
            dispute.is_overdue = (
                dispute.state == "open"
                and bool(dispute.deadline)
                and dispute.deadline < today
            )

    def _search_is_overdue(self, operator, value):
        if operator != "in":
            return NotImplemented
        late = [
            ("state", "=", "open"),
            ("deadline", "<", fields.Date.context_today(self)),
        ]
        return late if True in value else ["!", "&", *late]

    # === Guards ===
    def write(self, vals):
        """Override: what was disputed and decided is changed by the buttons alone."""
        internal = self.env.context.get("o2o_internal") is INTERNAL
        touched = FIXED_FIELDS & set(vals)
        decided = self.filtered(lambda d: d.state != "open")
        if decided:
            touched |= {"answer", "adjustment", "adjustment_account_id"} & set(vals)
        if touched and self and not internal:
            raise UserError(
                self.env._(
                    "Dispute %(name)s: %(fields)s can't be edited.",
                    name=(decided or self)[0].name,
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(touched)
                    ),
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Disputes stay: they explain where a line went."))

    # === Answering ===
    def action_accept(self):
        """Agree with the payee: book the adjustment and let the line go on."""
        self._check_answerable()
        for dispute in self:
            if dispute.currency_id.is_zero(dispute.adjustment):
                raise ValidationError(
                    self.env._(
                        "Dispute %(name)s: enter under Adjustment what the payee gets more or "
                        "less. If nothing changes, reject the dispute and say why.",
                        name=dispute.name,
                    )
                )
            dispute._close("accepted", dispute._book_adjustment())
        return True

    def action_reject(self):
        """Let the line stand: it goes onto the payee's next statement."""
        self._check_answerable()
        for dispute in self:
            dispute._close("rejected")
        return True

    def _check_answerable(self):
        self.check_access("write")
        self._lock()
        for dispute in self:
            if dispute.state != "open":
                raise UserError(
                    self.env._(
                        "Dispute %(name)s is answered already.", name=dispute.name
                    )
                )
            if not (dispute.answer or "").strip():
                raise ValidationError(
                    self.env._(
                        "Dispute %(name)s: write the Answer first; the payee reads it.",
                        name=dispute.name,
                    )
                )

    def _lock(self):
        """Of two who answer at once the second starts over and finds it answered."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                "UPDATE o2o_settlement_dispute SET write_date = write_date WHERE id IN %s",
                tuple(self.ids) or (0,),
            ),
            log_exceptions=False,
        )
        self.invalidate_recordset(["state"])

    def _book_adjustment(self):
        line = self._line()
        account = self.adjustment_account_id or self._role_account()
        amount = self.currency_id.round(self.adjustment)
        name = self.env._("Adjustment of %(name)s", name=self.name)
        return self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company_id.id,
                    "partner_id": self.partner_id.id,
                    "kind": "adjustment",
                    "amount": amount,
                    "date": self.company_id._o2o_today(),
                    "name": name,
                    "key": f"dispute/{self.id}",
                    "order_id": line.order_id.id,
                    "res_model": self._name,
                    "res_id": self.id,
                    "counterparts": [(account.id, amount, {})],
                }
            ]
        )

    def _role_account(self):
        roles = self.env["o2o.split.role"]._accounts(self.company_id)
        account = roles.get(self.split_line_id.role or "fulfiller")
        if not account:
            raise UserError(
                self.env._(
                    "Dispute %(name)s: choose the Adjustment Account; the share's role has no "
                    "expense account.",
                    name=self.name,
                )
            )
        return account

    def _close(self, state, adjustment=None):
        self.with_context(o2o_internal=INTERNAL).write(
            {
                "state": state,
                "adjustment_line_id": adjustment and adjustment.id,
                "answered_by_id": self.env.uid,
                "answered_on": fields.Datetime.now(),
            }
        )
        self.activity_unlink(["mail.mail_activity_data_todo"])
        self.message_post(
            body=self.env._("Answer to your objection: %(text)s", text=self.answer),
            partner_ids=self.partner_id.ids,
            message_type="comment",
            subtype_xmlid="mail.mt_comment",
        )

    # === Clock ===
    @api.model
    def _cron_remind(self):
        """Put overdue disputes before the accountants, once each."""
        late = self.search([("is_overdue", "=", True), ("activity_ids", "=", False)])
        group = self.env.ref("o2o_channel.o2o_group_accountant")
        for dispute in late:
            users = group.all_user_ids.filtered(
                lambda user, company=dispute.company_id: company in user.company_ids
            )
            dispute.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=users[:1].id or self.env.uid,
                summary=self.env._("Answer the payee's objection"),
            )
