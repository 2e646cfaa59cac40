from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError, ValidationError

from ...engine.fund import fund_index, share_out
from ...engine.money import exact, round_half_up

APPROVAL_FIELDS = frozenset("state approved_by_id approved_on author_id".split())


class O2oFund(models.Model):
    """An amount, such as a marketing fund, shared out by an index of contribution.

    It only says who gets how much; it posts nothing.
    """

    _name = "o2o.fund"
    _description = "Fund Allocation"
    _inherit = ["mail.thread"]
    _order = "date_to desc, id desc"

    name = fields.Char(required=True, tracking=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    amount = fields.Monetary(required=True, tracking=True)
    date_from = fields.Date(string="From", required=True)
    date_to = fields.Date(string="To", required=True)
    weight_sales = fields.Float(string="Weight of Sales", default=0.5, digits=(6, 4))
    weight_rating = fields.Float(string="Weight of Rating", default=0.3, digits=(6, 4))
    weight_members = fields.Float(
        string="Weight of Members", default=0.2, digits=(6, 4)
    )
    line_ids = fields.One2many("o2o.fund.line", "fund_id", string="Parties")
    state = fields.Selection(
        [("draft", "Draft"), ("approved", "Approved")],
        default="draft",
        required=True,
        readonly=True,
        copy=False,
        tracking=True,
    )
    author_id = fields.Many2one(
        "res.users",
        string="Written By",
        default=lambda self: self.env.user,
        readonly=True,
        copy=False,
    )
    approved_by_id = fields.Many2one("res.users", readonly=True, copy=False)
    approved_on = fields.Datetime(readonly=True, copy=False)

    _amount_positive = models.Constraint(
        "CHECK (amount > 0)", "A fund needs an amount above 0."
    )
    _dates = models.Constraint(
        "CHECK (date_from <= date_to)", "A fund can't end before it begins."
    )

    @api.constrains("weight_sales", "weight_rating", "weight_members")
    def _check_weights(self):
        for fund in self:
            weights = fund._weights()
            if any(weight < 0 for weight in weights) or sum(weights) != 1:
                raise ValidationError(
                    self.env._(
                        "%(fund)s: the weights add up to %(sum)s. Make them 1, none below 0.",
                        fund=fund.name,
                        sum=sum(weights),
                    )
                )

    def _weights(self):
        self.ensure_one()
        names = ("weight_sales", "weight_rating", "weight_members")
        return [Decimal(str(round(self[name], 4))) for name in names]

    @api.model_create_multi
    def create(self, vals_list):
        """Begin as the user's own draft, whatever the context or a kept default says."""
        if not self.env.su:
            if any(set(vals) & APPROVAL_FIELDS for vals in vals_list):
                raise UserError(
                    self.env._("A fund begins as a draft: use Approve later.")
                )
            own = dict.fromkeys(APPROVAL_FIELDS, False)
            own |= {"state": "draft", "author_id": self.env.uid}
            vals_list = [vals | own for vals in vals_list]
        return super().create(vals_list)

    def write(self, vals):
        """Refuse changes to an approved fund, and approval by anything but the button."""
        if not self.env.su:
            if set(vals) & APPROVAL_FIELDS:
                raise UserError(self.env._("Use the button Approve."))
            if not set(vals) <= {"message_main_attachment_id"}:
                self._check_draft()
                self._note_author()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self._check_draft()

    def _note_author(self):
        """Remember who changed the draft last: somebody else must approve it."""
        if not self.env.su:
            # sudo: the author is set here and nowhere else
            self.sudo().write({"author_id": self.env.uid})

    def _check_draft(self):
        for fund in self.filtered(lambda one: one.state != "draft"):
            raise UserError(
                self.env._(
                    "%(fund)s is approved and can't be changed any more: make a new one.",
                    fund=fund.name,
                )
            )

    def action_take_sales(self):
        """Fill the parties and their sales scores from the contribution ledger."""
        self.ensure_one()
        self._check_draft()
        # the ledger's evidence, as it shows months only
        domain = [
            ("company_id", "=", self.company_id.id),
            ("role", "!=", "hq"),
            ("original_date", ">=", self.date_from),
            ("original_date", "<=", self.date_to),
        ]
        shares = self.env["o2o.split.line"]
        sums = shares._read_group(domain, ["partner_id"], ["amount:sum"])
        earned = {partner: max(amount, 0.0) for partner, amount in sums if partner}
        total = sum(earned.values())
        if not total:
            raise UserError(
                self.env._(
                    "Nobody earned a share from %(start)s to %(end)s. Change From or To.",
                    start=self.date_from,
                    end=self.date_to,
                )
            )
        known = {line.partner_id: line for line in self.line_ids}
        commands = []
        for partner, amount in earned.items():
            score = round(amount / total, 6)
            if partner in known:
                commands.append((1, known[partner].id, {"score_sales": score}))
            else:
                commands.append(
                    (0, 0, {"partner_id": partner.id, "score_sales": score})
                )
        self.write({"line_ids": commands})
        return True

    def action_allocate(self):
        """Work out what each party gets; all of it, to the unit of the currency."""
        for fund in self:
            fund._check_draft()
            fund._allocate()
        return True

    def _allocate(self):
        unit = Decimal(str(self.currency_id.rounding or 0.01))
        weights = self._weights()
        indexes = [fund_index(line._scores(), weights) for line in self.line_ids]
        amount = round_half_up(Decimal(str(self.amount)), unit)
        try:
            parts = share_out(amount, indexes, unit)
        except ValueError as error:
            raise UserError(
                self.env._(
                    "%(fund)s: nobody has an index above 0. Enter the parties' scores.",
                    fund=self.name,
                )
            ) from error
        for line, part in zip(self.line_ids, parts, strict=True):
            line.amount = float(part)

    def action_approve(self):
        """Fix the allocation; somebody else than its author must do so."""
        if not self.env.user.has_group("o2o_channel.o2o_group_approver"):
            raise AccessError(self.env._("Only an approver approves a fund."))
        self.check_access("read")
        for fund in self:
            fund._check_draft()
            if self.env.user in (fund.author_id | fund.create_uid):
                raise UserError(
                    self.env._(
                        "You wrote %(fund)s yourself: another approver must approve it.",
                        fund=fund.name,
                    )
                )
            # sudo: approvers may not write funds; state and figures are set here alone
            own = fund.sudo()
            own._allocate()
            own.write(
                {
                    "state": "approved",
                    "approved_by_id": self.env.uid,
                    "approved_on": fields.Datetime.now(),
                }
            )
        return True


class O2oFundLine(models.Model):
    """One party's scores and part of a fund."""

    _name = "o2o.fund.line"
    _description = "Fund Share"
    _order = "fund_id, sequence, id"

    fund_id = fields.Many2one("o2o.fund", required=True, ondelete="cascade", index=True)
    company_id = fields.Many2one(related="fund_id.company_id")
    currency_id = fields.Many2one(related="fund_id.currency_id")
    sequence = fields.Integer(default=10)
    partner_id = fields.Many2one("res.partner", string="Party", required=True)
    score_sales = fields.Float(string="Sales", digits=(16, 6))
    score_rating = fields.Float(string="Rating", digits=(16, 6))
    score_members = fields.Float(string="Members", digits=(16, 6))
    index = fields.Float(
        compute="_compute_index", digits=(16, 6), help="The scores by their weights."
    )
    amount = fields.Monetary(readonly=True, copy=False)

    _scores_positive = models.Constraint(
        "CHECK (COALESCE(score_sales, 0) >= 0 AND COALESCE(score_rating, 0) >= 0 "
        "AND COALESCE(score_members, 0) >= 0)",
        "A score can't be negative: enter 0 or more.",
    )
    _partner_uniq = models.UniqueIndex(
        "(fund_id, partner_id)", "This party has a share of the fund already."
    )

    def _scores(self):
        self.ensure_one()
        names = ("score_sales", "score_rating", "score_members")
        return [Decimal(str(round(self[name], 6))) for name in names]

    @api.depends(
        "score_sales", "score_rating", "score_members", "fund_id.weight_sales",
        "fund_id.weight_rating", "fund_id.weight_members",
    )  # fmt: skip
    def _compute_index(self):
        for line in self:
            weights = line.fund_id._weights()
            pairs = zip(line._scores(), weights, strict=True)
            line.index = float(sum(exact(s) * exact(w) for s, w in pairs))

    @api.model_create_multi
    def create(self, vals_list):
        lines = super().create(vals_list)
        lines.fund_id._check_draft()
        lines.fund_id._note_author()
        return lines

    def write(self, vals):
        self.fund_id._check_draft()
        self.fund_id._note_author()
        result = super().write(vals)
        self.fund_id._check_draft()
        self.fund_id._note_author()  # a line may have come from another fund
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_approved(self):
        self.fund_id._check_draft()
