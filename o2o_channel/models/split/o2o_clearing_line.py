from odoo import Command, api, fields, models
from odoo.exceptions import UserError, ValidationError
from odoo.tools import SQL

from .o2o_split_line import INTERNAL

KINDS = [
    ("receipt", "Money Held for the Seller"),
    ("fee", "Platform Fee"),
    ("transfer", "Passed On"),
    ("collected", "Collected by the Dealer"),
    ("claim", "Claim"),
    ("penalty", "Penalty"),
    ("carry", "Carried Forward"),
    ("payment", "Payment"),
    ("refund", "Refund"),
    ("adjustment", "Adjustment"),
    ("deposit", "Deposit"),
]
# Written after the line is there: when it may be settled, where it is and how far it got.
TECHNICAL_FIELDS = frozenset("release_date settlement_id state".split())
FROZEN_COLUMNS = (
    "company_id partner_id kind amount date original_date order_id key origin_line_id"
    " move_id move_line_id res_model res_id create_uid create_date"
).split()


class O2oClearingLine(models.Model):
    """What moves a partner's clearing account besides shares, one row per movement.

    With `o2o.split.line` this is the whole sub-ledger of the clearing account. Append-only
    as that one is; a correction is a further line. A remainder (``origin_line_id``) splits
    an earlier line in two and moves nothing in the ledger.
    """

    _name = "o2o.clearing.line"
    _description = "Clearing Line"
    _order = "date desc, id desc"
    _check_company_auto = True

    name = fields.Char(string="Description", required=True, readonly=True)
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, index=True
    )
    currency_id = fields.Many2one(
        related="company_id.currency_id", store=True, precompute=True
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Party",
        required=True,
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    amount = fields.Monetary(
        required=True,
        readonly=True,
        help="Above zero: owed to the party. Below: the party owes it.",
    )
    date = fields.Date(
        required=True, readonly=True, index=True, help="Accounting date of the entry."
    )
    original_date = fields.Date(
        required=True,
        readonly=True,
        help="The day it happened, in the company's time zone.",
    )
    release_date = fields.Date(
        readonly=True,
        index="btree_not_null",
        help="From this day on a statement may take it. Empty: not yet.",
    )
    late = fields.Boolean(
        string="Posted Late",
        compute="_compute_late",
        store=True,
        help="The day it happened was locked: the entry is dated on the first open day.",
    )
    order_id = fields.Many2one(
        "sale.order", readonly=True, index="btree_not_null", ondelete="restrict"
    )
    key = fields.Char(required=True, readonly=True)
    origin_line_id = fields.Many2one(
        "o2o.clearing.line",
        string="Remainder Of",
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
    move_line_id = fields.Many2one(
        "account.move.line",
        string="Journal Item",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
    )
    res_model = fields.Char(string="Evidence Model", readonly=True)
    res_id = fields.Many2oneReference(
        string="Evidence", model_field="res_model", readonly=True
    )
    state = fields.Selection(
        [("open", "Open"), ("stated", "On a Statement"), ("settled", "Settled")],
        required=True,
        readonly=True,
        default="open",
        index=True,
    )

    _key_uniq = models.UniqueIndex(
        "(company_id, key)", "This is booked already: nothing is booked twice."
    )
    _open_idx = models.Index("(company_id, partner_id) WHERE state = 'open'")

    def init(self):
        """Have the database itself refuse to change or delete a line, whoever asks."""
        changed = SQL(" OR ").join(
            SQL("OLD.%(c)s IS DISTINCT FROM NEW.%(c)s", c=SQL.identifier(name))
            for name in FROZEN_COLUMNS
        )
        self.env.cr.execute(
            SQL(
                """
            CREATE OR REPLACE FUNCTION o2o_clearing_line_freeze() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'Clearing lines are append-only: %% refused', TG_OP
                    USING ERRCODE = 'check_violation',
                          HINT = 'Book a further line that takes the amount back.';
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS o2o_clearing_line_frozen ON o2o_clearing_line;
            CREATE TRIGGER o2o_clearing_line_frozen BEFORE UPDATE ON o2o_clearing_line
                FOR EACH ROW WHEN (%(changed)s)
                EXECUTE FUNCTION o2o_clearing_line_freeze();
            DROP TRIGGER IF EXISTS o2o_clearing_line_kept ON o2o_clearing_line;
            CREATE TRIGGER o2o_clearing_line_kept BEFORE DELETE ON o2o_clearing_line
                FOR EACH ROW EXECUTE FUNCTION o2o_clearing_line_freeze();
            DROP TRIGGER IF EXISTS o2o_clearing_line_all_kept ON o2o_clearing_line;
            CREATE TRIGGER o2o_clearing_line_all_kept BEFORE TRUNCATE ON o2o_clearing_line
                FOR EACH STATEMENT EXECUTE FUNCTION o2o_clearing_line_freeze();
            """,
                changed=changed,
            )
        )

    @api.depends("kind", "partner_id", "amount")
    def _compute_display_name(self):
        labels = dict(self._fields["kind"]._description_selection(self.env))
        for line in self:
            amount = line.currency_id.format(line.amount)
            line.display_name = (
                f"{labels.get(line.kind)} {line.partner_id.display_name}: {amount}"
            )

    @api.depends("date", "original_date")
    def _compute_late(self):
        for line in self:
            line.late = bool(
                line.date and line.original_date and line.date > line.original_date
            )

    # -- append-only --------------------------------------------------------
    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: only `_book` and the statement write lines."""
        self._check_internal()
        return super().create(vals_list)

    def write(self, vals):
        """Override of models: only the state follows what is made of a line."""
        self._check_internal(set(vals) - TECHNICAL_FIELDS)
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        self._check_internal(True)

    def _check_internal(self, forbidden=False):
        if forbidden or self.env.context.get("o2o_split") is not INTERNAL:
            raise UserError(
                self.env._(
                    "Clearing lines can't be entered, changed or deleted: they follow receipts, "
                    "collections, claims and payments. Correct those, a further line follows."
                )
            )

    def _internal(self):
        """Return the records in the mode in which this addon's own code writes them."""
        # sudo: lines are written by whoever books a receipt or claim, without rights on them
        return self.sudo().with_context(o2o_split=INTERNAL)

    # -- booking ------------------------------------------------------------
    @api.model
    def _book(self, rows, journal=None):
        """Book movements, each with its posted entry; return their lines in order.

        A row whose key exists already is returned as it is: booking twice is no harm.

        :param list rows: dicts with ``company_id``, ``partner_id``, ``kind``, ``amount``
            (company currency; above zero is owed to the party), ``date`` (the day it
            happened), ``name``, ``key`` (unique per company) and ``counterparts``, a list of
            ``(account id, balance, values)``: the other items of the entry, balance above
            zero is a debit, values are further ones of the item. Optional: ``order_id``,
            ``res_model``, ``res_id``, ``release_date`` (the day it happened by default; False
            keeps it off statements until it is written) and ``entry``: rows of one company with the same
            ``entry`` share one journal entry.
        :param journal: an `account.journal`; the company's split journal by default
        :raise ValidationError: an entry doesn't balance, or accounting isn't set up
        """
        booked = self._booked(rows)
        entries = {}
        for row in rows:
            if (row["company_id"], row["key"]) not in booked:
                entry = row["company_id"], row.get("entry") or row["key"]
                entries.setdefault(entry, {}).setdefault(row["key"], row)
        groups = [list(group.values()) for group in entries.values()]
        vals_list = [self._prepare_move_vals(group, journal) for group in groups]
        # sudo: a delivery or receipt books its entry without accounting rights
        moves = self.env["account.move"].sudo().create(vals_list)
        moves._post(soft=False)
        lines = self._internal().create(
            [
                vals
                for group, move in zip(groups, moves, strict=True)
                for vals in self._prepare_line_vals(group, move)
            ]
        )
        booked |= {(line.company_id.id, line.key): line for line in lines}
        return self.browse([booked[row["company_id"], row["key"]].id for row in rows])

    @api.model
    def _booked(self, rows):
        """Return ``{(company id, key): line}`` of the rows that are booked already."""
        # sudo: as in `_book`
        found = self.sudo().search(
            [
                ("company_id", "in", [row["company_id"] for row in rows]),
                ("key", "in", [row["key"] for row in rows]),
            ]
        )
        return {(line.company_id.id, line.key): line for line in found}

    @api.model
    def _prepare_move_vals(self, rows, journal):
        """Return the values of one entry: the rows' clearing items first, then the others."""
        first = rows[0]
        # sudo: as in `_book`
        company = self.env["res.company"].sudo().browse(first["company_id"])
        self._check_entry(rows, company)
        clearing = [
            {
                "account_id": company.o2o_clearing_account_id.id,
                "partner_id": row["partner_id"],
                "name": row["name"],
                "balance": -row["amount"],
            }
            for row in rows
        ]
        others = [
            {"name": row["name"], **values, "account_id": account, "balance": balance}
            for row in rows
            for account, balance, values in row["counterparts"]
        ]
        return {
            "move_type": "entry",
            "journal_id": (journal or company.o2o_split_journal_id).id,
            "company_id": company.id,
            "date": company._o2o_first_open_date(first["date"]),
            "o2o_original_date": first["date"],
            "ref": first["name"],
            "line_ids": [
                Command.create(dict(values, analytic_distribution=False))
                for values in clearing + others
            ],
        }

    @api.model
    def _check_entry(self, rows, company):
        if not company._o2o_is_split_ready():
            raise ValidationError(
                self.env._(
                    "%(name)s can't be booked: %(company)s has no split clearing account or "
                    "journal. Set both in the settings of O2O Channel.",
                    name=rows[0]["name"],
                    company=company.display_name,
                )
            )
        balances = [item[1] for row in rows for item in row["counterparts"]]
        gap = sum(balances) - sum(row["amount"] for row in rows)
        if not company.currency_id.is_zero(gap):
            raise ValidationError(
                self.env._(
                    "%(name)s (%(key)s) doesn't balance: its items differ by %(gap)s.",
                    name=rows[0]["name"],
                    key=rows[0]["key"],
                    gap=company.currency_id.format(gap),
                )
            )

    @api.model
    def _prepare_line_vals(self, rows, move):
        """Return the values of an entry's lines; the rows' items are its first."""
        items = move.line_ids.sorted("id")[: len(rows)]
        return [
            {
                "name": row["name"],
                "company_id": row["company_id"],
                "partner_id": row["partner_id"],
                "kind": row["kind"],
                "amount": row["amount"],
                "date": move.date,
                "original_date": row["date"],
                "release_date": row.get("release_date", row["date"]),
                "order_id": row.get("order_id"),
                "key": row["key"],
                "res_model": row.get("res_model"),
                "res_id": row.get("res_id"),
                "move_id": move.id,
                "move_line_id": item.id,
            }
            for row, item in zip(rows, items, strict=True)
        ]
