import hashlib
import json

from odoo import fields, models

from .o2o_settlement_seal import SHOWN, VERIFY_URL


class O2oSettlementPeriod(models.Model):
    """The seal of a close: what its report says, and whether the books still say so."""

    _inherit = "o2o.settlement.period"

    seal_ids = fields.One2many(
        "o2o.settlement.seal", "period_id", string="Seals", readonly=True
    )

    def _seal(self):
        """Return the seal of this close; a new one only where it says something new."""
        self.ensure_one()
        # sudo: seals are made by closing, and by nobody by hand
        seals = self.env["o2o.settlement.seal"].sudo()
        content = self._seal_contents()[self]
        last = seals.search([("period_id", "=", self.id)], order="number desc", limit=1)
        if last.content == content:
            return last
        return seals.with_company(self.company_id)._append([(self, content)])

    def _seal_link(self):
        return {"period_id": self.id}

    def _seal_contents(self):
        """Return ``{period: text}``: the same books always give the same text."""
        return {
            period: json.dumps(
                period._seal_values(), sort_keys=True, ensure_ascii=False
            )
            for period in self
        }

    def _seal_values(self):
        self.ensure_one()
        statements = self.statement_ids.filtered(lambda s: s.state != "cancelled")
        payable = sum(
            (statements.filtered(lambda s: not s.carried)).mapped("amount_payable")
        )
        return {
            "kind": "close",
            "statement": self.name,
            "company": self.company_id.id,
            "from": str(self.date_from),
            "to": str(self.date_to),
            "currency": self.currency_id.name,
            "closed_by": self.closed_by_id.id,
            "closed_on": str(self.closed_on),
            "reopened_on": str(self.reopened_on or ""),
            "total": self._seal_text(sum(statements.mapped("amount_total"))),
            "payable": self._seal_text(payable),
            "accrued": self._seal_text(self.amount_accrued),
            "checks": self._seal_digest(
                [
                    check.key,
                    str(check.ok),
                    str(check.count),
                    self._seal_text(check.amount),
                ]
                for check in self.check_ids.sorted("sequence")
            ),
            "statements": self._seal_digest(
                [
                    one.name,
                    *map(self._seal_text, (one.amount_total, one.amount_offsets)),
                ]
                for one in statements.sorted("name")
            ),
            "clearing": self._seal_digest(
                [
                    str(row.partner_id.id),
                    *map(
                        self._seal_text,
                        (row.gl_balance, row.open_amount, row.line_amount),
                    ),
                ]
                for row in self._clearing_report().sorted(lambda row: row.partner_id.id)
                if row.gl_balance or row.open_amount or row.line_amount
            ),
        }

    def _seal_text(self, amount):
        return f"{self.currency_id.round(amount) + 0.0:.2f}"

    def _seal_digest(self, rows):
        text = "\n".join("|".join(row) for row in rows)
        return hashlib.sha256(text.encode()).hexdigest()

    def _close_paper(self):
        """Override: a closed period's report carries its seal."""
        paper = super()._close_paper()
        if self.state != "closed":
            return paper
        seal = self._seal()
        paper["footer"] = self.env._(
            "%(name)s · seal %(number)s · %(digest)s",
            name=paper["footer"],
            number=seal.number,
            digest=seal.digest[:SHOWN],
        )
        paper["code"] = {
            "url": f"{self.get_base_url()}{VERIFY_URL}/{seal.token}",
            "text": [self.env._("Scan to check"), seal.digest[:SHOWN]],
        }
        return paper
