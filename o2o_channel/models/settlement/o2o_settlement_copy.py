import logging

from psycopg2.extras import Json

from odoo import models
from odoo.tools import SQL

from ..split.foreign_hooks import foreign_values

_logger = logging.getLogger(__name__)

# Columns that a copy doesn't take over: (expression over the copy's values v, the sample t).
MOVE_COLUMNS = {
    "id": "v.id",
    "name": "v.name",
    "sequence_number": "v.number",
    "ref": "v.ref",
    "payment_reference": "REPLACE(t.payment_reference, t.ref, v.ref)",
    "o2o_settlement_id": "v.statement",
    "partner_id": "CASE WHEN t.partner_id IS NOT NULL THEN v.partner END",
    "commercial_partner_id": "CASE WHEN t.commercial_partner_id IS NOT NULL THEN v.commercial END",
    "partner_shipping_id": "CASE WHEN t.partner_shipping_id IS NOT NULL THEN v.partner END",
    "partner_bank_id": "v.bank",
    "invoice_partner_display_name": "v.label",
    "made_sequence_gap": "FALSE",
    "access_token": "NULL",
    "amount_untaxed": "v.net",
    "amount_tax": "v.vat",
    "amount_total": "v.total",
    "amount_residual": "CASE WHEN t.amount_residual = 0 THEN 0 ELSE v.total END",
    "amount_untaxed_signed": "SIGN(t.amount_untaxed_signed) * ABS(v.net)",
    "amount_untaxed_in_currency_signed": "SIGN(t.amount_untaxed_in_currency_signed) * ABS(v.net)",
    "amount_tax_signed": "SIGN(t.amount_tax_signed) * ABS(v.vat)",
    "amount_total_signed": "SIGN(t.amount_total_signed) * ABS(v.total)",
    "amount_total_in_currency_signed":
        "SIGN(t.amount_total_in_currency_signed) * ABS(v.total)",
    "amount_residual_signed": "SIGN(t.amount_residual_signed) * ABS(v.total)",
    "create_uid": "v.uid",
    "create_date": "v.now",
    "write_uid": "v.uid",
    "write_date": "v.now",
}  # fmt: skip
RESIDUAL = (
    "CASE WHEN a.reconcile OR a.account_type IN ('asset_cash', 'liability_credit_card')"
    " THEN v.balance ELSE 0 END"
)
LINE_COLUMNS = {
    "id": "v.id",
    "move_id": "v.move",
    "move_name": "v.move_name",
    "ref": "v.ref",
    "name": "v.name",
    "partner_id": "CASE WHEN t.partner_id IS NOT NULL THEN v.partner END",
    "debit": "CASE WHEN t.is_storno THEN LEAST(v.balance, 0) ELSE GREATEST(v.balance, 0) END",
    "credit": "CASE WHEN t.is_storno THEN LEAST(-v.balance, 0) ELSE GREATEST(-v.balance, 0) END",
    "balance": "v.balance",
    "amount_currency": "v.balance",
    "amount_residual": RESIDUAL,
    "amount_residual_currency": RESIDUAL,
    "reconciled": "FALSE",
    "full_reconcile_id": "NULL",
    "matching_number": "NULL",
    "tax_base_amount": "CASE WHEN t.tax_base_amount IS NOT NULL THEN v.tax_base END",
    "price_unit": "v.price",
    "price_subtotal": "v.net",
    "price_total": "v.gross",
    "create_uid": "v.uid",
    "create_date": "v.now",
    "write_uid": "v.uid",
    "write_date": "v.now",
}  # fmt: skip
MOVE_VALUES = (
    "sample int, id int, statement int, name text, number int, ref text, partner int,"
    " commercial int, bank int, label text, net numeric, vat numeric,"
    " total numeric, uid int, now timestamp"
)
LINE_VALUES = (
    "sample int, id int, move int, move_name text, ref text, name text, partner int,"
    " balance numeric, tax_base numeric, price numeric, net numeric, gross numeric, uid int,"
    " now timestamp"
)
LINE_RELATIONS = {
    "account_move_line_account_tax_rel": ("account_move_line_id", "account_tax_id"),
    "account_account_tag_account_move_line_rel": (
        "account_move_line_id",
        "account_account_tag_id",
    ),
}


class O2oSettlement(models.Model):
    """Documents copied from a sample that Odoo itself made and posted, by set-based SQL."""

    _inherit = "o2o.settlement"

    def _copy_documents(self, copies):
        """Make and settle posted documents.

        :param copies: ``{statement: (sample, values)}``: a posted document of the same
            shape, and the values the statement's own document would be created with
        """
        if not copies:
            return
        self.env.flush_all()
        moves = self._prepare_move_copies(copies)
        lines = self._prepare_line_copies(moves)
        self._insert_copies("account_move", MOVE_COLUMNS, MOVE_VALUES, moves)
        self._insert_copies("account_move_line", LINE_COLUMNS, LINE_VALUES, lines)
        pairs = [(line["sample"], line["id"]) for line in lines]
        for table, (owner, other) in LINE_RELATIONS.items():
            self._copy_relation(table, owner, other, pairs)
        self._copy_chatter([(move["sample"], move["id"]) for move in moves])
        self._link_copies(moves)
        self._forget_numbers()
        self.env.invalidate_all(flush=False)
        self.env["account.move"].browse(
            [move["id"] for move in moves]
        )._o2o_note_vendors()
        statements = self.browse([move["statement"] for move in moves])
        statements._check_document()
        statements._settle()

    # === Writing ===
    def _insert_copies(self, table, changed, shape, rows):
        names = self._copied_columns(table)
        account = (
            SQL("LEFT JOIN account_account a ON a.id = t.account_id")
            if "account_id" in names
            else SQL()
        )
        self.env.cr.execute(
            SQL(
                "INSERT INTO %s (%s) SELECT %s FROM jsonb_to_recordset(%s) AS v (%s)"
                " JOIN %s t ON t.id = v.sample %s ORDER BY v.id",
                SQL.identifier(table),
                SQL(", ").join(SQL.identifier(name) for name in names),
                SQL(", ").join(
                    SQL(changed[name]) if name in changed else SQL.identifier("t", name)
                    for name in names
                ),
                Json(rows),
                SQL(shape),
                SQL.identifier(table),
                account,
            )
        )

    def _copy_relation(self, table, owner, other, pairs):
        self.env.cr.execute(
            SQL(
                "INSERT INTO %(table)s (%(owner)s, %(other)s) SELECT v.id, t.%(other)s"
                " FROM unnest(%(samples)s, %(ids)s) AS v (sample, id)"
                " JOIN %(table)s t ON t.%(owner)s = v.sample",
                table=SQL.identifier(table),
                owner=SQL.identifier(owner),
                other=SQL.identifier(other),
                samples=[sample for sample, _id in pairs],
                ids=[new for _sample, new in pairs],
            )
        )

    def _link_copies(self, moves):
        """Write each statement's document into its column."""
        self.env.cr.execute(
            SQL(
                """UPDATE o2o_settlement s
                      SET bill_id = CASE WHEN m.move_type = 'entry' THEN s.bill_id ELSE m.id END,
                          move_id = CASE WHEN m.move_type = 'entry' THEN m.id ELSE s.move_id END
                     FROM account_move m
                    WHERE m.id = ANY(%s) AND s.id = m.o2o_settlement_id""",
                [move["id"] for move in moves],
            )
        )

    def _is_copyable(self, sample):
        """Tell whether copies of a posted document can stand for what Odoo would make."""
        obstacle = self._copy_obstacle(sample)
        if obstacle:
            _logger.info(
                "Documents like %s are made one by one: %s", sample.name, obstacle
            )
        return not obstacle

    def _copy_obstacle(self, sample):
        """Return why a posted document can't be copied, or an empty string."""
        lines = sample.line_ids
        kinds = {"product", "tax", "payment_term"}
        terms = lines.filtered(lambda line: line.display_type == "payment_term")
        taxes = lines.filtered("tax_line_id")
        foreign = foreign_values(sample) | foreign_values(lines)
        obstacles = {
            "it isn't posted": sample.state != "posted",
            "it is hashed": sample.inalterable_hash,
            "it posts itself": sample.auto_post != "no",
            "it has lines of other kinds": set(lines.mapped("display_type")) - kinds,
            "it is due in parts": sample.is_invoice() and len(terms) != 1,
            "a tax has several lines": len(taxes) != len(taxes.tax_line_id),
            f"other addons fill in {sorted(foreign)}": foreign,
        }
        return next((name for name, found in obstacles.items() if found), "")
