import base64

from odoo import fields, models

from ...papers.pdf import statement_pdf
from ...papers.xlsx import statement_xlsx
from .o2o_settlement_seal import SHOWN, VERIFY_URL

FONT_PARAMETER = "o2o_channel.pdf_font"
MAIL_TEMPLATE = "o2o_channel.mail_template_o2o_settlement_sent"


class O2oSettlement(models.Model):
    """A statement as a file: PDF to sign and file, workbook to count with.

    Both show what the payee may see: orders, own roles and amounts, no consumer and nobody
    else's share.
    """

    _inherit = "o2o.settlement"

    def action_pdf(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/o2o/statements/{self.id}/pdf"}

    def action_xlsx(self):
        self.ensure_one()
        return {"type": "ir.actions.act_url", "url": f"/o2o/statements/{self.id}/xlsx"}

    def action_send(self):
        """Override: what the payee is shown is sealed, with a mail or without."""
        result = super().action_send()
        self._seal()
        return result

    def _process_attachments_for_template_post(self, mail_template):
        """Override of mail: the message to the payee has the statement with it."""
        result = super()._process_attachments_for_template_post(mail_template)
        if mail_template == self.env.ref(MAIL_TEMPLATE, False):
            self._seal()
            for statement in self:
                data = base64.b64encode(statement._pdf())
                values = result.setdefault(statement.id, {})
                values.setdefault("attachments", []).append(
                    (statement._paper_name("pdf"), data)
                )
        return result

    def _paper_name(self, extension):
        self.ensure_one()
        return f"{self.name.replace('/', '-')}.{extension}"

    def _in_payees_language(self):
        self.ensure_one()
        return self.with_context(lang=self.partner_id.lang or self.env.lang)

    # === PDF ===
    def _pdf(self):
        """Return the statement as PDF. One that was shown to its payee is sealed."""
        self.ensure_one()
        # sudo: where the font lies is set-up
        parameters = self.env["ir.config_parameter"].sudo()
        paper = self._in_payees_language()._paper()
        return statement_pdf(paper, parameters.get_param(FONT_PARAMETER, ""))

    def _paper(self):
        """Return what is printed, every value a text in the language of the context."""
        self.ensure_one()
        valid = self.state not in ("draft", "cancelled")
        seal = self._seal()[self] if valid else None
        return {
            "title": self.env._("Settlement Statement"),
            "name": self.name,
            "company": self.company_id.name,
            "facts": self._paper_facts(),
            "sums": self._paper_sums(),
            "tables": [
                table
                for table in (
                    self._paper_roles(),
                    self._paper_lines(),
                    *self._paper_offsets(),
                )
                if table["rows"]
            ],
            "notes": self._paper_notes(),
            "watermark": "" if valid else self._paper_state(),
            "footer": self._paper_footer(seal),
            "page_label": self.env._("Page {page} of {count}"),
            "code": seal and self._paper_code(seal),
        }

    def _paper_state(self):
        labels = dict(self._fields["state"]._description_selection(self.env))
        return labels[self.state]

    def _paper_facts(self):
        # sudo: a payee's own contact data, on the payee's own paper
        payee = self.partner_id.sudo()
        facts = [
            (self.env._("Statement"), self.name),
            (self.env._("Payee"), payee.name or ""),
            (self.env._("Dealer code"), payee.dealer_code or ""),
            (self.env._("Tax number"), payee.vat or ""),
            (
                self.env._("Period"),
                f"{self._paper_day(self.date_from)} – {self._paper_day(self.date_to)}",
            ),
            (self.env._("Currency"), self.currency_id.name),
        ]
        return [fact for fact in facts if fact[1]]

    def _paper_day(self, day):
        return fields.Date.to_string(day) or ""

    def _paper_amount(self, amount):
        return f"{self.currency_id.round(amount) + 0.0:,.2f}"

    def _paper_sums(self):
        """Return ``[(label, amount, strong)]`` as they add up to what is paid."""
        rows = [
            (
                self.env._("Carried from %(name)s", name=part.name),
                part.amount_total,
                False,
            )
            for part in self.carried_ids
        ]
        rows.append((self.env._("This period"), self.amount_lines, False))
        rows.append((self.env._("Total without tax"), self.amount_total, True))
        if not self.carried:
            rows += self._paper_tax_sums()
            rows += self._paper_offset_sums()
            rows.append((self.env._("Payable"), self.amount_payable, True))
            if self.amount_owed:
                rows.append((self.env._("Still owed by you"), self.amount_owed, True))
        return [(label, self._paper_amount(sum_), bold) for label, sum_, bold in rows]

    def _paper_tax_sums(self):
        if self.payee_kind != "individual":
            return [
                (
                    self.env._("VAT on %(role)s", role=row["label"]),
                    row["tax_amount"],
                    False,
                )
                for row in self._role_rows()[self]
                if row["tax_amount"]
            ]
        return [(self.env._("Income tax withheld"), -self.amount_withheld, False)]

    def _paper_offset_sums(self):
        return [(*row, False) for row in self._paper_offset_rows()]

    def _paper_offset_rows(self):
        """Return ``(label, amount)`` per kind of offset, in the order of the kinds."""
        lines = self._shown_offsets().grouped("kind")
        return [
            (label, sum(lines[kind].mapped("amount")))
            for kind, label in self._offset_labels().items()
            if kind in lines
        ]

    def _offset_labels(self):
        # sudo: payees have no rights on clearing lines
        kinds = self.env["o2o.clearing.line"].sudo()._fields["kind"]
        return dict(kinds._description_selection(self.env))

    def _paper_offsets(self):
        """Return the table of the offsets, or nothing where there are none."""
        rows = [
            [*row[:3], self._paper_amount(row[3])]
            for statement in self._with_carried()
            for row in statement._offset_rows()
        ]
        if not rows:
            return []
        return [
            {
                "title": self.env._("Offsets"),
                "head": self._offset_head(),
                "align": "lllr",
                "widths": (0.14, 0.26, 0.45, 0.15),
                "rows": rows,
            }
        ]

    def _offset_head(self):
        return [
            self.env._("Date"),
            self.env._("Kind"),
            self.env._("Description"),
            self.env._("Amount"),
        ]

    def _offset_rows(self):
        """Return ``[day, kind, description, amount]`` per offset of this statement itself."""
        labels = self._offset_labels()
        # sudo: payees have no rights on clearing lines; these are their own
        lines = self.sudo().clearing_line_ids.filtered(lambda k: k.kind != "carry")
        return [
            [self._paper_day(line.date), labels[line.kind], line.name, line.amount]
            for line in lines.sorted(lambda line: (line.date, line.id))
        ]

    def _paper_roles(self):
        rows = self._role_rows()[self]
        return {
            "title": self.env._("By role"),
            "head": [
                self.env._("Role"),
                self.env._("Amount"),
                self.env._("VAT"),
                self.env._("With VAT"),
            ],
            "align": "lrrr",
            "widths": (0.4, 0.2, 0.2, 0.2),
            "rows": [
                [
                    row["label"],
                    self._paper_amount(row["amount"]),
                    self._paper_amount(row["tax_amount"]),
                    self._paper_amount(row["amount"] + row["tax_amount"]),
                ]
                for row in rows
            ],
        }

    def _paper_lines(self):
        return {
            "title": self.env._("Orders"),
            "head": self._line_head(),
            "align": "lllrr",
            "widths": (0.14, 0.26, 0.3, 0.15, 0.15),
            "rows": [
                [*row[:3], self._paper_amount(row[3]), self._paper_amount(row[4])]
                for row in self._line_rows()
            ],
        }

    def _line_head(self):
        return [
            self.env._("Date"),
            self.env._("Order"),
            self.env._("Role"),
            self.env._("Base"),
            self.env._("Amount"),
        ]

    def _line_rows(self):
        """Return ``[day, order, role, base, amount]`` per line, in the order of the days."""
        # sudo: payees have no rights on split lines; these are their own
        lines = self.env["o2o.split.line"].sudo()
        roles = dict(lines._fields["role"]._description_selection(self.env))
        found = lines.search_fetch(
            [("statement_id", "=", self.id)],
            ["date", "order_id", "role", "kind", "base", "amount"],
            order="date, order_id, id",
        )
        return_label = self.env._("return")
        return [
            [
                self._paper_day(line.date),
                line.order_id.name,
                f"{roles[line.role]} ({return_label})"
                if line.kind == "reversal"
                else roles[line.role],
                line.base,
                line.amount,
            ]
            for line in found
        ]

    def _paper_notes(self):
        if self.carried:
            return [
                self.env._(
                    "Nothing is paid out for this statement: its total goes onto the next."
                )
            ]
        no_bill = self.payee_kind == "individual" or not self.amount_total
        if no_bill or self.state in ("draft", "cancelled"):
            return []
        return [
            self.env._(
                "Please send a tax invoice (fapiao) of exactly %(amount)s %(currency)s. "
                "One of another amount can't be paid.",
                amount=self._paper_amount(self.amount_total + self.amount_tax),
                currency=self.currency_id.name,
            )
        ]

    def _paper_footer(self, seal):
        if not seal:
            return self.name
        return self.env._(
            "%(name)s · seal %(number)s · %(digest)s",
            name=self.name,
            number=seal.number,
            digest=seal.digest[:SHOWN],
        )

    def _paper_code(self, seal):
        return {
            "url": f"{self.get_base_url()}{VERIFY_URL}/{seal.token}",
            "text": [self.env._("Scan to check"), seal.digest[:SHOWN]],
        }

    # === Workbook ===
    def _xlsx(self):
        """Return the statement as a workbook with numbers to count with."""
        self.ensure_one()
        return statement_xlsx(self._in_payees_language()._sheets())

    def _sheets(self):
        rows = self._role_rows()[self]
        paper = self._paper_roles()
        facts = [list(fact) for fact in self._paper_facts()]
        sums = [
            [label, float(amount.replace(",", ""))]
            for label, amount, _strong in self._paper_sums()
        ]
        return [
            {"title": self.env._("Summary"), "head": [], "rows": facts + [[]] + sums},
            {
                "title": paper["title"],
                "head": paper["head"],
                "rows": [
                    [
                        row["label"],
                        row["amount"],
                        row["tax_amount"],
                        self.currency_id.round(row["amount"] + row["tax_amount"]),
                    ]
                    for row in rows
                ],
            },
            *self._order_sheets(),
            *self._offset_sheets(),
        ]

    def _order_sheets(self):
        rows = self._line_rows()
        if not rows:  # a statement of offsets or of what was carried forward alone
            return []
        head = self._line_head()
        return [{"title": self.env._("Orders"), "head": head, "rows": rows}]

    def _offset_sheets(self):
        rows = [row for part in self._with_carried() for row in part._offset_rows()]
        if not rows:
            return []
        head = self._offset_head()
        return [{"title": self.env._("Offsets"), "head": head, "rows": rows}]
