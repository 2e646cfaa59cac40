from odoo import Command, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

NAMED_RECORDS = 5  # how many offenders a message names; the action opens them all


class O2oSettlementPeriod(models.Model):
    """Closing a period: the checklist and the lock."""

    _inherit = "o2o.settlement.period"

    def action_check(self):
        """Look at everything that must be right before the close, and keep the result."""
        self.check_access("write")
        self._lock()
        for period in self:
            period._require_not_closed()
            checks = period._run_checks()
            # The list is derived: accountants read it, only this method writes it.
            period.sudo()._set(
                check_ids=[Command.clear()] + [Command.create(c) for c in checks]
            )
            period._translate_checks()
        return True

    def _translate_checks(self):
        """Tell the checklist in the other languages in use, by looking again in each."""
        self.ensure_one()
        # sudo: as for the list itself
        checks = self.sudo().check_ids.sorted("sequence")
        for code, _name in self.env["res.lang"].get_installed():
            if code == (self.env.lang or "en_US"):
                continue
            again = self.with_context(lang=code)._run_checks()
            for check, vals in zip(checks, again, strict=True):
                check.with_context(lang=code).write(
                    {"name": vals["name"], "message": vals["message"]}
                )

    def action_close(self):
        """Close the periods. From then on splits and bills are dated after them.

        :raises UserError: when a line of the checklist isn't right; it names the records
        """
        self.action_check()
        for period in self:
            wrong = period.check_ids.filtered(lambda check: not check.ok)
            if wrong:
                raise UserError(
                    self.env._(
                        "Period %(name)s can't be closed yet:\n%(reasons)s",
                        name=period.name,
                        reasons="\n".join(
                            f"- {check.name}: {check.message}" for check in wrong
                        ),
                    )
                )
        self._set(
            state="closed",
            closed_by_id=self.env.uid,
            closed_on=fields.Datetime.now(),
        )
        return True

    # === The checklist ===
    def _run_checks(self):
        """Return the values of the checklist's lines, in order. Extend here.

        Each ``_check_<key>`` returns ``(title, ok, amount, records, what is wrong)``.
        """
        self.ensure_one()
        self.env.flush_all()
        return [
            self._prepare_check_vals(sequence, key, *getattr(self, f"_check_{key}")())
            for sequence, key in enumerate(self._check_keys(), start=1)
        ]

    def _check_keys(self):
        return [
            "previous",
            "unsplit",
            "unposted",
            "clearing",
            "unstated",
            "unstated_lines",
            "statements",
            "unbilled",
            "drafts",
            "waiting",
            "late",
            "late_lines",
            "late_bills",
            "other_drafts",
        ]

    def _prepare_check_vals(self, sequence, key, title, ok, amount, records, wrong):
        names = [record.display_name for record in records[:NAMED_RECORDS]]
        if len(records) > NAMED_RECORDS:
            names.append("…")
        return {
            "sequence": sequence,
            "key": key,
            "name": title,
            "ok": ok,
            "amount": amount,
            "count": len(records),
            "message": f"{wrong}: {', '.join(names)}"
            if records
            else self.env._("Nothing found"),
            "res_model": records._name,
            "res_ids": records.ids,
        }

    def _check_previous(self):
        earlier = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("date_to", "<", self.date_from),
                ("state", "!=", "closed"),
            ]
        )
        title = self.env._("Earlier periods are closed")
        return title, not earlier, 0.0, earlier, self.env._("still open")

    def _check_unsplit(self):
        end = self.company_id._o2o_day_end_utc(self.date_to)
        rows = self.env.execute_query(
            SQL(
                """SELECT d.id FROM o2o_dispatch d
                    WHERE d.company_id = %s AND d.state = 'delivered' AND d.delivered_at < %s
                      AND d.o2o_is_split IS NOT TRUE
                      AND NOT EXISTS (SELECT 1 FROM o2o_split_line l WHERE l.dispatch_id = d.id)
                    ORDER BY d.id""",
                self.company_id.id,
                end,
            )
        )
        legs = self.env["o2o.dispatch"].browse([leg_id for (leg_id,) in rows])
        title = self.env._("Every delivered leg is split")
        return (
            title,
            not legs,
            0.0,
            legs,
            self.env._("%(n)s without a split", n=len(legs)),
        )

    def _check_unposted(self):
        lines = self.env["o2o.split.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("state", "not in", ("kept", "passed")),
                ("date", "<=", self.date_to),
                ("move_line_id", "=", False),
                ("amount", "!=", 0),
            ]
        )
        title = self.env._("Every split is in the general ledger")
        amount = sum(lines.mapped("amount"))
        return (
            title,
            not lines,
            amount,
            lines,
            self._unposted_text(lines),
        )

    def _unposted_text(self, lines):
        """Return how many lines aren't posted, and why, where that can be told."""
        text = self.env._("%(n)s not posted", n=len(lines))
        known = self.env["o2o.split.role"]._accounts(self.company_id)
        labels = dict(lines._fields["role"]._description_selection(self.env))
        missing = [
            labels[role]
            for role in labels
            if role in set(lines.mapped("role")) - known.keys()
        ]
        if not missing:
            return text
        return self.env._(
            "%(text)s; no account for %(roles)s: see Split Accounts and Taxes",
            text=text,
            roles=", ".join(missing),
        )

    def _check_clearing(self):
        """As of the last day, not of today: what came later doesn't hide a difference."""
        rows = self._clearing_report()
        wrong = rows.filtered(lambda row: not row.currency_id.is_zero(row.difference))
        title = self.env._("Clearing equals the open lines on the last day")
        amount = sum(wrong.mapped("difference"))
        return title, not wrong, amount, wrong, self.env._("differences with")

    def _clearing_report(self):
        """Return the clearing per payee on the evening of the period's last day."""
        report = self.env["o2o.clearing.report"]._of_day(self.date_to)
        return report.search([("company_id", "=", self.company_id.id)])

    def action_view_clearing(self):
        """Open the clearing per payee as it stood on the period's last day."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_clearing_report_action"
        )
        day = fields.Date.to_string(self.date_to)
        return action | {
            "name": self.env["o2o.clearing.report"]
            ._of_day(self.date_to)
            ._title(action["name"]),
            "domain": [("company_id", "=", self.company_id.id)],
            "context": {"o2o_clearing_day": day},
            "path": False,
        }

    def _check_statements(self):
        undecided = self.statement_ids.filtered(
            lambda statement: statement.state in ("draft", "sent", "disputed")
        )
        title = self.env._("Every statement is confirmed or billed")
        amount = sum(undecided.mapped("amount_total"))
        wrong = self.env._("%(n)s not confirmed", n=len(undecided))
        return title, not undecided, amount, undecided, wrong

    def _check_drafts(self):
        """Drafts in our journals or on clearing: posted later they change a closed month."""
        company = self.company_id.sudo()  # sudo: the accounts are set-up
        ours = [
            *self._draft_domain(),
            ("date", "<=", self.date_to),
            ("o2o_settlement_id", "=", False),
            "|",
            ("journal_id", "in", company._o2o_own_journals().ids),
            ("line_ids.account_id", "=", company.o2o_clearing_account_id.id),
        ]
        moves = self._visible_moves().search(ours)
        title = self.env._("No draft entries in the settlement's journals")
        amount = sum(moves.mapped("amount_total_signed"))
        wrong = self.env._("%(n)s to post or delete", n=len(moves))
        return title, not moves, amount, moves, wrong

    def _check_other_drafts(self):
        """Name the other drafts of the month; they are Odoo's and don't stop the close."""
        company = self.company_id.sudo()  # sudo: the accounts are set-up
        others = [
            *self._draft_domain(),
            ("date", ">=", self.date_from),
            ("date", "<=", self.date_to),
            ("journal_id", "not in", company._o2o_own_journals().ids),
            "|",
            ("invoice_date", "!=", False),
            ("move_type", "=", "entry"),
        ]
        moves = self._visible_moves().search(others)
        title = self.env._("Other drafts of the month are known")
        amount = sum(moves.mapped("amount_total_signed"))
        return title, True, amount, moves, self.env._("%(n)s drafts", n=len(moves))

    def _draft_domain(self):
        return [("company_id", "=", self.company_id.id), ("state", "=", "draft")]

    def _visible_moves(self):
        # sudo: who closes the period need not have Odoo's rights on invoices
        return self.env["account.move"].sudo()

    def _check_late(self):
        """List what was posted later than it happened; known, so it never stops the close."""
        lines = self.env["o2o.split.line"].search(self._late_domain())
        title = self.env._("Late postings are known")
        amount = sum(lines.mapped("amount"))
        return title, True, amount, lines, self.env._("%(n)s posted late", n=len(lines))

    def _check_late_lines(self):
        """As for shares: what moved the clearing otherwise and was posted late."""
        lines = self.env["o2o.clearing.line"].search(
            [
                ("company_id", "=", self.company_id.id),
                ("late", "=", True),
                ("original_date", "<=", self.date_to),
                ("date", ">=", self.date_from),
            ]
        )
        title = self.env._("Late clearing lines are known")
        amount = sum(lines.mapped("amount"))
        return title, True, amount, lines, self.env._("%(n)s posted late", n=len(lines))

    def _check_late_bills(self):
        """Documents of statements that were posted after the period they belong to."""
        domain = [
            ("company_id", "=", self.company_id.id),
            ("o2o_settlement_id", "!=", False),
            ("o2o_original_date", "!=", False),
            ("o2o_original_date", "<=", self.date_to),
            ("date", ">=", self.date_from),
            ("state", "=", "posted"),
        ]
        late = self._visible_moves().search(domain)
        moves = late.filtered(lambda move: move.date > move.o2o_original_date)
        title = self.env._("Late bills are known")
        amount = sum(moves.mapped("amount_total"))
        return title, True, amount, moves, self.env._("%(n)s posted late", n=len(moves))

    def _late_domain(self):
        """Lines that happened in or before this period and were posted in it or after it."""
        return [
            ("company_id", "=", self.company_id.id),
            ("late", "=", True),
            ("state", "not in", ("kept", "passed")),
            ("original_date", "<=", self.date_to),
            ("date", ">=", self.date_from),
        ]
