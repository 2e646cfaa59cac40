from odoo import api, models


class O2oSettlement(models.Model):
    """What a statement is made of: lines, roles, VAT per role, income tax withheld."""

    _inherit = "o2o.settlement"

    @api.depends("amount_total", "state", "payee_kind")
    def _compute_payable(self):
        by_role = self._role_rows()
        withheld = self._withholdings()
        for statement in self:
            total = statement.amount_total
            statement.amount_tax = sum(row["tax_amount"] for row in by_role[statement])
            statement.amount_withheld = withheld[statement]
            statement.amount_payable = (
                total + statement.amount_tax - statement.amount_withheld
            )

    # === What a statement is made of ===
    def _with_carried(self):
        """Return these statements and all that were carried forward to them, at any depth."""
        found = todo = self
        while todo:
            todo = todo.carried_ids - found
            found |= todo
        return found

    def _composition(self):
        """Return every split line a bill of these statements stands for, carried ones too."""
        return self._with_carried().line_ids

    def _role_amounts(self):
        """Return ``{statement: {role: amount}}`` with what was carried; one query for all."""
        everything = self._with_carried()
        # The payee may see its own statement, yet not every line's columns.
        groups = (
            self.env["o2o.split.line"]
            .sudo()
            ._read_group(
                [("statement_id", "in", everything.ids)],
                ["statement_id", "role"],
                ["amount:sum"],
            )
        )
        per_statement = {}
        for statement, role, amount in groups:
            per_statement.setdefault(statement.id, []).append((role, amount))
        result = {}
        for statement in self:
            roles = result[statement] = {}
            for part in statement._with_carried():
                for role, amount in per_statement.get(part.id, ()):
                    roles[role] = statement.currency_id.round(
                        roles.get(role, 0.0) + amount
                    )
        return result

    def _role_rows(self):
        """Return ``{statement: [{role, label, amount, tax, tax_amount}]}``, in the roles' order."""
        labels = dict(
            self.env["o2o.split.line"]._fields["role"]._description_selection(self.env)
        )
        amounts = self._role_amounts()
        return {
            statement: [
                {"role": role, "label": label}
                | statement._role_tax(role, amounts[statement][role])
                for role, label in labels.items()
                if amounts[statement].get(role)
            ]
            for statement in self
        }

    def _role_tax(self, role, amount):
        """Return amount, tax and VAT of a role; VAT is rounded per role."""
        tax = self._bill_tax(role)
        values = tax.compute_all(
            amount,
            currency=self.currency_id,
            partner=self.partner_id,
            rounding_method="round_per_line",
        )
        vat = values["total_included"] - values["total_excluded"]
        return {"amount": amount, "tax": tax, "tax_amount": self.currency_id.round(vat)}

    def _bill_tax(self, role):
        """Return the VAT of ``role`` on a bill, mapped by the payee's fiscal position."""
        self.ensure_one()
        # Tax set-up isn't readable for a dealer who looks at the own statement.
        config = self.env["o2o.split.role"].sudo()
        if self.payee_kind == "individual":
            return config.bill_tax_id
        company = self.company_id
        tax = config.search(
            [("company_id", "=", company.id), ("role", "=", role)]
        )._tax_for(self.partner_id.sudo())
        positions = self.env["account.fiscal.position"].sudo().with_company(company)
        return positions._get_fiscal_position(self.partner_id.sudo()).map_tax(tax)
