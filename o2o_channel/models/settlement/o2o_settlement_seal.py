import hashlib
import json
import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

from .o2o_settlement import INTERNAL

VERIFY_URL = "/o2o/v"
FIRST = "0" * 64  # what the first seal of a company is chained to
SHOWN = 16  # characters of a digest that are printed


class O2oSettlementSeal(models.Model):
    """What a statement said when it was shown to its payee, chained to the seal before.

    The closes of periods stand in the same chain. The digest covers the content and the
    digest of the company's seal before it. Whoever changes an old statement, or its seal,
    breaks every later link. Seals are never changed: a statement that says something else
    gets another one.
    """

    _name = "o2o.settlement.seal"
    _description = "Seal of a Statement"
    _order = "company_id, number desc"
    _rec_name = "digest"

    settlement_id = fields.Many2one(
        "o2o.settlement",
        string="Statement",
        readonly=True,
        index=True,
        ondelete="restrict",
    )
    period_id = fields.Many2one(
        "o2o.settlement.period",
        string="Close Of",
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The period whose close report is sealed.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, readonly=True, ondelete="restrict"
    )
    number = fields.Integer(
        required=True, readonly=True, help="Place in the company's chain of seals."
    )
    content = fields.Text(
        required=True, readonly=True, help="What the statement said, as it was sealed."
    )
    previous_digest = fields.Char(required=True, readonly=True)
    digest = fields.Char(required=True, readonly=True)
    token = fields.Char(
        required=True,
        readonly=True,
        groups="o2o_channel.o2o_group_accountant",
        help="Part of the address that the code on the paper leads to.",
    )
    is_last = fields.Boolean(
        readonly=True, help="The end of the chain: the next seal is chained to it."
    )

    _number_uniq = models.Constraint(
        "UNIQUE (company_id, number)", "The chain of seals has this number already."
    )
    _one_subject = models.Constraint(
        "CHECK ((settlement_id IS NULL) != (period_id IS NULL))",
        "A seal belongs to a statement or to a period's close.",
    )
    _token_uniq = models.Constraint("UNIQUE (token)", "Seals have a token each.")

    def init(self):
        """Let the database itself refuse changed and deleted seals."""
        self.env.cr.execute(
            """
            CREATE OR REPLACE FUNCTION o2o_settlement_seal_keep() RETURNS trigger AS $$
            BEGIN
                RAISE EXCEPTION 'Seal % stays as it is', OLD.number
                    USING ERRCODE = 'restrict_violation';
            END $$ LANGUAGE plpgsql;
            DROP TRIGGER IF EXISTS o2o_settlement_seal_kept ON o2o_settlement_seal;
            CREATE TRIGGER o2o_settlement_seal_kept
                BEFORE DELETE OR UPDATE OF settlement_id, period_id, company_id, number, content,
                    previous_digest, digest, token ON o2o_settlement_seal
                FOR EACH ROW EXECUTE FUNCTION o2o_settlement_seal_keep();
            """
        )

    @api.model_create_multi
    def create(self, vals_list):
        if self.env.context.get("o2o_internal") is not INTERNAL:
            raise UserError(
                self.env._("Seals are made by sending or printing a statement.")
            )
        return super().create(vals_list)

    def write(self, vals):
        if self:
            raise UserError(self.env._("A seal stays as it is."))
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("A seal stays as it is."))

    # === Making seals ===
    @api.model
    def _append(self, contents):
        """Chain ``[(statement or period, content)]`` of one company, in this order, and return the seals.

        The row at the end of the chain is written, so that of two transactions that append
        at once one starts over.
        """
        company = contents[0][0].company_id
        self.flush_model()
        self.env.cr.execute(
            SQL(
                "UPDATE o2o_settlement_seal SET is_last = FALSE"
                " WHERE company_id = %s AND is_last RETURNING number, digest",
                company.id,
            ),
            log_exceptions=False,
        )
        number, digest = self.env.cr.fetchone() or (0, FIRST)
        rows = []
        for subject, content in contents:
            number += 1
            rows.append(
                {
                    **subject._seal_link(),
                    "company_id": company.id,
                    "number": number,
                    "content": content,
                    "previous_digest": digest,
                    "digest": self._digest(digest, content),
                    "token": secrets.token_urlsafe(16),
                }
            )
            digest = rows[-1]["digest"]
        rows[-1]["is_last"] = True
        self.invalidate_model(["is_last"])
        return self.with_context(o2o_internal=INTERNAL).create(rows).with_env(self.env)

    @api.model
    def _digest(self, previous, content):
        return hashlib.sha256(f"{previous}\n{content}".encode()).hexdigest()

    # === Checking seals ===
    def _sealed(self):
        """Return the sealed figures as a dict of texts."""
        self.ensure_one()
        return json.loads(self.content)

    def _verify(self):
        """Return what is true of this seal: ``intact``, ``current``, ``newer`` (a seal)."""
        self.ensure_one()
        before = self.search(
            [("company_id", "=", self.company_id.id), ("number", "=", self.number - 1)]
        )
        intact = (
            self.digest == self._digest(self.previous_digest, self.content)
            and self.previous_digest == (before.digest or FIRST)
            and (bool(before) or self.number == 1)
        )
        subject = self._subject()
        newer = self.search(
            [
                ("settlement_id", "=", self.settlement_id.id),
                ("period_id", "=", self.period_id.id),
                ("company_id", "=", self.company_id.id),
                ("number", ">", self.number),
            ],
            order="number desc",
            limit=1,
        )
        return {
            "intact": intact,
            "current": self.content == subject._seal_contents()[subject],
            "newer": newer,
            "cancelled": subject.state == "cancelled",
        }

    def _subject(self):
        """Return the statement, or the period, that the seal is of."""
        self.ensure_one()
        return self.settlement_id or self.period_id

    def action_check_chain(self):
        """Follow the whole chain of each company and name the first link that is broken."""
        for company in self.env.companies:
            previous = FIRST
            seals = self.search([("company_id", "=", company.id)], order="number")
            for number, seal in enumerate(seals, start=1):
                if (
                    seal.number != number
                    or seal.previous_digest != previous
                    or seal.digest != self._digest(previous, seal.content)
                ):
                    raise UserError(
                        self.env._(
                            "The chain of seals of %(company)s is broken at number "
                            "%(number)s (%(name)s): it was changed outside Odoo.",
                            company=company.name,
                            number=number,
                            name=seal._subject().name,
                        )
                    )
                previous = seal.digest
        return {
            "type": "ir.actions.client",
            "tag": "display_notification",
            "params": {
                "type": "success",
                "message": self.env._("Every seal is chained to the one before."),
            },
        }


class O2oSettlement(models.Model):
    """What of a statement is sealed."""

    _inherit = "o2o.settlement"

    seal_ids = fields.One2many(
        "o2o.settlement.seal", "settlement_id", string="Seals", readonly=True
    )

    def _seal(self):
        """Return ``{statement: seal}``; a new one only where the content is new."""
        # sudo: seals are made for whoever may see the statement, and by nobody by hand
        seals = self.env["o2o.settlement.seal"].sudo()
        found = {}
        for company, statements in self.grouped("company_id").items():
            last = statements._last_seals()
            todo = []
            for statement, content in statements._seal_contents().items():
                if last[statement].content == content:
                    found[statement] = last[statement]
                else:
                    todo.append((statement, content))
            if todo:
                made = seals.with_company(company)._append(todo)
                found |= zip((statement for statement, _c in todo), made, strict=True)
        return found

    def _seal_link(self):
        return {"settlement_id": self.id}

    def _last_seals(self):
        # sudo: see _seal
        seals = self.env["o2o.settlement.seal"].sudo()
        found = dict.fromkeys(self, seals)
        for seal in seals.search([("settlement_id", "in", self.ids)], order="number"):
            found[self.browse(seal.settlement_id.id)] = seal
        return found

    def _seal_contents(self):
        """Return ``{statement: text}``: the same figures always give the same text."""
        digests = self._line_digests()
        roles = self._role_rows()
        offsets = self._offset_digests()
        return {
            statement: json.dumps(
                statement._seal_values(roles[statement], digests.get(statement.id))
                | offsets[statement],
                sort_keys=True,
                ensure_ascii=False,
            )
            for statement in self
        }

    def _seal_values(self, rows, lines):
        self.ensure_one()

        def text(amount):
            return f"{self.currency_id.round(amount):.2f}"

        return {
            "statement": self.name,
            "company": self.company_id.id,
            "payee": self.partner_id.id,
            "from": str(self.date_from),
            "to": str(self.date_to),
            "currency": self.currency_id.name,
            "carried": text(self.opening_carry),
            "lines": text(self.amount_lines),
            "total": text(self.amount_total),
            "vat": text(self.amount_tax),
            "withheld": text(self.amount_withheld),
            "payable": text(self.amount_payable),
            "roles": [
                [row["role"], text(row["amount"]), text(row["tax_amount"])]
                for row in rows
            ],
            "details": lines,
        }

    def _line_digests(self):
        """Return ``{statement id: digest of its lines}``, from one query."""
        self.env.flush_all()
        self.env.cr.execute(
            SQL(
                """SELECT statement_id, encode(sha256(convert_to(string_agg(
                              CONCAT_WS('|', id, order_id, date, role, base, amount),
                              E'\n' ORDER BY id), 'UTF8')), 'hex')
                     FROM o2o_split_line WHERE statement_id IN %s GROUP BY statement_id""",
                tuple(self.ids) or (0,),
            )
        )
        return dict(self.env.cr.fetchall())

    def _offset_digests(self):
        """Return ``{statement: what is sealed of its offsets}``, empty without any."""
        result = {}
        for statement in self:
            currency = statement.currency_id
            rows = [
                f"{day}|{kind}|{name}|{currency.round(amount):.2f}"
                for day, kind, name, amount in statement._offset_seal_rows()
            ]
            result[statement] = (
                rows
                and {
                    "offsets": f"{currency.round(statement.amount_offsets):.2f}",
                    "owed": f"{currency.round(statement.amount_owed):.2f}",
                    "offset_details": hashlib.sha256(
                        "\n".join(rows).encode()
                    ).hexdigest(),
                }
                or {}
            )
        return result

    def _offset_seal_rows(self):
        """Return ``(day, kind, name, amount)`` of the offsets, the same in any language."""
        return [
            (line.date, line.kind, line.name, line.amount)
            for line in self._shown_offsets().sorted("id")
        ]
