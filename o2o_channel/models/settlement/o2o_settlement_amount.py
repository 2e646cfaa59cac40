from odoo import api, models
from odoo.tools import SQL


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
        per_statement = {}
        for statement_id, role, amount in self._with_carried()._sums_by_role():
            per_statement.setdefault(statement_id, []).append((role, float(amount)))
        result = {}
        for statement in self:
            roles = result[statement] = {}
            for part in statement._with_carried():
                for role, amount in per_statement.get(part.id, ()):
                    roles[role] = statement.currency_id.round(
                        roles.get(role, 0.0) + amount
                    )
        return result

    def _sums_by_role(self):
        """Return ``[(statement id, role, amount)]`` of these statements' own lines.

        In SQL, because the payee may see its own statement, yet not every line's columns; and
        statement by statement, or a long history would be read for a few new lines: the
        planner expects as many lines of a new statement as the old ones have.
        """
        self.env["o2o.split.line"].flush_model(["statement_id", "role", "amount"])
        return self.env.execute_query(
            SQL(
                """
                SELECT s.id, part.role, part.amount
                  FROM unnest(%s::int[]) s (id)
                 CROSS JOIN LATERAL (
                    SELECT l.role, SUM(l.amount) AS amount FROM o2o_split_line l
                     WHERE l.statement_id = s.id GROUP BY l.role) part
                """,
                self.ids,
            )
        )

    def _role_rows(self):
        """Return ``{statement: [{role, label, amount, tax, tax_amount}]}``, in the roles' order."""
        labels = dict(
            self.env["o2o.split.line"]._fields["role"]._description_selection(self.env)
        )
        amounts = self._role_amounts()
        taxes = self._role_taxes(amounts)
        return {
            statement: [
                {"role": role, "label": label}
                | statement._role_tax(amounts[statement][role], taxes[statement, role])
                for role, label in labels.items()
                if amounts[statement].get(role)
            ]
            for statement in self
        }

    def _role_tax(self, amount, tax):
        """Return amount, tax and VAT of a role; VAT is rounded per role."""
        if tax._o2o_is_plain():
            vat = tax._o2o_plain_vat(amount, self.currency_id)
        else:
            values = tax.compute_all(
                amount,
                currency=self.currency_id,
                partner=self.partner_id,
                rounding_method="round_per_line",
            )
            vat = values["total_included"] - values["total_excluded"]
        return {"amount": amount, "tax": tax, "tax_amount": self.currency_id.round(vat)}

    def _role_taxes(self, roles_by_statement):
        """Return ``{(statement, role): tax}``: VAT mapped by the payee's fiscal position.

        Each combination of role, kind of taxpayer and fiscal position is looked up once.
        """
        # Tax set-up isn't readable for a dealer who looks at the own statement.
        config = self.env["o2o.split.role"].sudo()
        roles = {
            (role.company_id, role.role): role
            for role in config.search([("company_id", "in", self.company_id.ids)])
        }
        positions = self._fiscal_positions()
        result, known = {}, {}
        for statement in self:
            partner = statement.partner_id.sudo()
            for name in roles_by_statement[statement]:
                role = roles.get((statement.company_id, name), config)
                key = (role, statement.payee_kind, partner.o2o_taxpayer)
                key += (positions[statement],)
                if key not in known:
                    known[key] = statement._map_role_tax(role, positions[statement])
                result[statement, name] = known[key]
        return result

    def _map_role_tax(self, role, position):
        """Return the VAT of a role's accounting (may be empty) on this payee's bill."""
        if self.payee_kind == "individual":
            return role.bill_tax_id.browse()
        return position.map_tax(role._tax_for(self.partner_id.sudo()))

    def _fiscal_positions(self):
        """Return ``{statement: fiscal position}``, one search per company."""
        result = {}
        for company, statements in self.grouped("company_id").items():
            # sudo: tax set-up isn't readable for a dealer who looks at the own statement
            positions = self.env["account.fiscal.position"].sudo().with_company(company)
            domain = positions._check_company_domain(company)
            is_any = positions.search_count(
                [*domain, ("auto_apply", "=", True)], limit=1
            )
            for statement in statements:
                partner = statement.partner_id.sudo().with_company(company)
                result[statement] = (
                    positions._get_fiscal_position(partner)
                    if is_any
                    else partner.property_account_position_id
                )
        return result
