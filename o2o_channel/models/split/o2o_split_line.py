from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .o2o_split_role import SPLIT_ROLES

# Only code of this addon holds this object, so no client can pretend to.
INTERNAL = object()
# Links that may be written once the line is there; everything else is forever.
TECHNICAL_FIELDS = frozenset("move_id move_line_id statement_id state date".split())
# Shares that make no entry: they stay in revenue, or the seller passes them on.
UNPOSTED_STATES = ("kept", "passed")


class O2oSplitLine(models.Model):
    """One party's share of one posting: the sub-ledger of the split clearing account.

    Append-only. What is due of an order line is the sum of its lines; a correction is a
    further line. The lines of one posting (``posting`` of an order line) add up to what
    the effective net changed by (``posting_base``): the database refuses anything else.
    """

    _name = "o2o.split.line"
    _description = "Split Line"
    _order = "date desc, order_id desc, order_line_id, posting, id"
    _check_company_auto = True

    company_id = fields.Many2one("res.company", required=True, readonly=True)
    currency_id = fields.Many2one(
        related="company_id.currency_id", store=True, precompute=True
    )
    order_line_id = fields.Many2one(
        "sale.order.line", required=True, readonly=True, index=True, ondelete="restrict"
    )
    order_id = fields.Many2one(
        "sale.order", required=True, readonly=True, index=True, ondelete="restrict"
    )
    product_id = fields.Many2one(related="order_line_id.product_id")
    dispatch_id = fields.Many2one(
        "o2o.dispatch",
        string="Leg",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    rule_id = fields.Many2one(
        "o2o.split.rule", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    rule_line_id = fields.Many2one(
        "o2o.split.rule.line", readonly=True, ondelete="restrict"
    )
    role = fields.Selection(SPLIT_ROLES, required=True, readonly=True)
    moved_from = fields.Selection(
        SPLIT_ROLES,
        string="Instead Of",
        readonly=True,
        help="The role whose share this is, when the order has nobody in that role.",
    )
    partner_id = fields.Many2one(
        "res.partner", string="Party", readonly=True, index=True, ondelete="restrict"
    )
    base = fields.Monetary(readonly=True, help="What the rate applies to.")
    rate = fields.Float(string="Rate Applied", digits=(16, 6), readonly=True)
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="Above zero: owed to the party. Below: taken back.",
    )
    kind = fields.Selection(
        [("delivery", "Delivery"), ("reversal", "Reversal")],
        required=True,
        readonly=True,
        default="delivery",
    )
    posting = fields.Integer(
        readonly=True, help="Counts the postings of an order line."
    )
    posting_base = fields.Monetary(
        readonly=True,
        help="What the order line's effective net changed by in this posting.",
    )
    posting_key = fields.Char(required=True, readonly=True)
    date = fields.Date(
        required=True, readonly=True, index=True, help="Accounting date of the entry."
    )
    original_date = fields.Date(
        readonly=True, help="The day it happened, in the company's time zone."
    )
    late = fields.Boolean(
        string="Posted Late",
        compute="_compute_late",
        store=True,
        help="The day it happened was locked: the entry is dated on the first open day.",
    )
    release_date = fields.Date(
        readonly=True,
        help="From this day on it may be settled: delivery and the return window.",
    )
    state = fields.Selection(
        [
            ("pending", "Pending"),
            ("released", "Released"),
            ("stated", "On a Statement"),
            ("kept", "Kept by Headquarters"),
            ("passed", "Passed On by the Seller"),
        ],
        required=True,
        readonly=True,
        default="pending",
    )
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    move_id = fields.Many2one(
        "account.move",
        string="Journal Entry",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    corrected_move_id = fields.Many2one(
        "account.move",
        string="Corrects",
        compute="_compute_corrected_move_id",
        help="The entry of the delivery whose share this line takes back.",
    )
    derivation = fields.Json(readonly=True)
    rate_label = fields.Char(string="Rate", compute="_compute_rate_label")
    explanation = fields.Char(string="Why", compute="_compute_explanation")

    _posting_key_uniq = models.UniqueIndex(
        "(posting_key)", "This share is posted already: nothing is booked twice."
    )
    _open_idx = models.Index(
        "(company_id, partner_id) WHERE state IN ('pending', 'released')"
    )
    # Each index costs every share a write when it is posted and when it is stated; only
    # shares that wait are looked for by this day.
    _release_idx = models.Index("(release_date) WHERE state = 'pending'")

    def init(self):
        """Let the database check at commit that every posting adds up to its base."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION o2o_split_line_check() RETURNS trigger AS $$
            DECLARE wrong record;
            BEGIN
                SELECT SUM(amount) AS total, MIN(posting_base) AS low, MAX(posting_base) AS high
                  INTO wrong FROM o2o_split_line
                 WHERE order_line_id = NEW.order_line_id AND posting = NEW.posting;
                IF wrong.low IS DISTINCT FROM wrong.high OR wrong.total <> wrong.low THEN
                    RAISE EXCEPTION 'Split of order line %: posting % adds up to %, not to %',
                        NEW.order_line_id, NEW.posting, wrong.total, wrong.low
                        USING ERRCODE = 'check_violation';
                END IF;
                RETURN NULL;
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS o2o_split_line_balanced ON o2o_split_line;
            CREATE CONSTRAINT TRIGGER o2o_split_line_balanced
                AFTER INSERT OR UPDATE OF amount, posting, posting_base ON o2o_split_line
                DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
                WHEN (NEW.posting_base IS NOT NULL)
                EXECUTE FUNCTION o2o_split_line_check();
            """
        )
        self._init_frozen()

    @api.depends("role", "partner_id", "amount")
    def _compute_display_name(self):
        labels = dict(self._fields["role"]._description_selection(self.env))
        for line in self:
            amount = line.currency_id.format(line.amount)
            line.display_name = (
                f"{labels.get(line.role)} {line.partner_id.display_name}: {amount}"
            )

    @api.depends("date", "original_date")
    def _compute_late(self):
        for line in self:
            line.late = bool(
                line.original_date and line.date and line.date > line.original_date
            )

    @api.depends("kind", "order_line_id", "dispatch_id", "partner_id")
    def _compute_corrected_move_id(self):
        reversals = self.filtered(lambda line: line.kind == "reversal")
        (self - reversals).corrected_move_id = False
        found = self.search(
            [
                ("order_line_id", "in", reversals.order_line_id.ids),
                ("kind", "=", "delivery"),
                ("move_id", "!=", False),
            ],
            order="id desc",
        )
        moves = {
            (line.order_line_id, line.dispatch_id, line.partner_id): line.move_id
            for line in found
        }
        for line in reversals:
            key = line.order_line_id, line.dispatch_id, line.partner_id
            line.corrected_move_id = moves.get(key)

    @api.depends("rule_line_id")
    def _compute_rate_label(self):
        for line in self:
            share = line.rule_line_id
            if share:
                line.rate_label = share._rate_text()
            else:
                line.rate_label = (
                    f"{line.rate:g} %" if line.rate else self.env._("agreed")
                )

    @api.depends("derivation")
    def _compute_explanation(self):
        for line in self:
            line.explanation = self._explain(line.derivation or [])

    @api.model
    def _explain(self, steps):
        """Tell the engine's ``[code, operand, value]`` steps in the reader's language."""
        return "; ".join(self._explain_step(*step) for step in steps)

    @api.model
    def _explain_step(self, code, operand, value):
        bases = dict(
            self.env["o2o.split.rule.line"]
            ._fields["base"]
            ._description_selection(self.env)
        )
        roles = dict(self._fields["role"]._description_selection(self.env))
        base = bases.get(operand, self.env._("Spread"))
        role = roles.get(operand, operand)
        texts = {
            "base": self.env._("%(base)s %(value)s", base=base, value=value),
            "rate": self.env._("%(rate)s %% = %(value)s", rate=operand, value=value),
            "guarantee": self.env._(
                "guaranteed %(amount)s, lacking %(value)s", amount=operand, value=value
            ),
            "fixed": self.env._("fixed amount %(value)s", value=value),
            "floor": self.env._("at least %(value)s", value=operand),
            "cap": self.env._("at most %(value)s", value=operand),
            "round": self.env._(
                "rounded to %(unit)s = %(value)s", unit=operand, value=value
            ),
            "coupon": self.env._(
                "less coupon %(coupon)s = %(value)s", coupon=operand, value=value
            ),
            "moved": self.env._("instead of %(role)s", role=role),
            "kept": self.env._(
                "kept %(share)s = %(value)s", share=operand, value=value
            ),
            "residual": self.env._(
                "the rest: %(sum)s = %(value)s", sum=operand, value=value
            ),
            "posted": self.env._("posted before: %(value)s", value=value),
            "sum": self.env._(
                "by dealers' terms: %(sum)s = %(value)s", sum=operand, value=value
            ),
        }
        return texts[code]

    # -- append-only --------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: only the split itself writes shares."""
        self._check_internal()
        return super().create(vals_list)

    def write(self, vals):
        """Override of models: only links and states follow what is made of a share."""
        self._check_internal(set(vals) - TECHNICAL_FIELDS)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_internal(True)

    def _check_internal(self, forbidden=False):
        if forbidden or self.env.context.get("o2o_split") is not INTERNAL:
            raise UserError(
                self.env._(
                    "Split lines can't be entered, changed or deleted: they follow deliveries, "
                    "returns and credit notes. Correct those, the split follows."
                )
            )

    def _internal(self):
        """Return the records in the mode in which this room's own code writes them."""
        # sudo: shares are written by whoever delivers or takes back, without accounting rights
        return self.sudo().with_context(o2o_split=INTERNAL)

    # -- seams for settlement -----------------------------------------------
    def _mark_stated(self, settlement):
        """Put lines on a statement, or take them off with an empty one."""
        self._internal().write(
            {
                "statement_id": settlement.id,
                "state": "stated" if settlement else "released",
            }
        )

    @api.model
    def _cron_release(self):
        """Release what is past its return window, in one statement over all companies."""
        self.flush_model(["state", "release_date"])
        days = {}
        for (company,) in self._read_group([("state", "=", "pending")], ["company_id"]):
            days.setdefault(company._o2o_today(), []).append(company.id)
        for day, company_ids in days.items():
            self.env.cr.execute(
                SQL(
                    "UPDATE o2o_split_line l SET state = 'released' WHERE %s "
                    "AND release_date <= %s AND company_id IN %s",
                    self._release_sql(),
                    day,
                    tuple(company_ids),
                )
            )
        self.invalidate_model(["state"])

    @api.model
    def _release_sql(self):
        """Return the condition on split line ``l`` that it may be released. Extend here."""
        return SQL("l.state = 'pending'")
