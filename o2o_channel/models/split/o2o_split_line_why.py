from decimal import Decimal

from odoo import models

from ...engine.money import ZERO, round_half_up
from ...engine.split import SplitError

# What a step of the calculation says of the other parties: not for a party's own page.
STEPS_OF_OTHERS = frozenset(["residual"])


class O2oSplitLine(models.Model):
    """Answer why a share is what it is, from what was kept with it."""

    _inherit = "o2o.split.line"

    def action_why(self):
        """Open the derivation of this share."""
        self.ensure_one()
        return {
            "name": self.env._(
                "Why %(amount)s?", amount=self.currency_id.format(self.amount)
            ),
            "type": "ir.actions.act_window",
            "res_model": "o2o.split.why",
            "views": [(False, "form")],
            "target": "new",
            "context": {"default_line_id": self.id},
        }

    def _why(self, own_only=False):
        """Return what led to this share, as plain values to show.

        :param own_only: leave out what tells of the shares of others
        """
        self.ensure_one()
        self.check_access("read")
        # sudo: who may read the share may know what it was made of: deliveries, bills, rule
        share = self.sudo()
        due, note = share._why_due()
        history = share._same_shares()
        posted = sum(map(share._why_amount, history), ZERO)
        roles = dict(self._fields["role"]._description_selection(self.env))
        return {
            "amount": share.amount,
            "currency": share.currency_id,
            "order": share.order_id.name,
            "goods": share.product_id.display_name,
            "rule": share.rule_id.display_name,
            "role": roles[share.role],
            "instead_of": roles.get(share.moved_from, ""),
            "date": share.original_date or share.date,
            "steps": share._why_steps(own_only),
            "history": [
                {"date": line.date, "kind": line.kind, "amount": line.amount}
                for line in history
            ],
            "posted": float(posted),
            "due": None if due is None else float(due),
            "agrees": due == posted,
            "note": note,
        }

    def _why_steps(self, own_only):
        """Return the ``(what, figure)`` rows of the calculation, in its order."""
        titles = {
            "base": self.env._("Base"),
            "rate": self.env._("Rate and exact value"),
            "fixed": self.env._("Fixed amount"),
            "guarantee": self.env._("Guaranteed margin"),
            "floor": self.env._("Lowest amount"),
            "cap": self.env._("Highest amount"),
            "round": self.env._("Rounding unit"),
            "coupon": self.env._("Coupon of this party"),
            "moved": self.env._("Moved"),
            "kept": self.env._("Units kept"),
            "residual": self.env._("Residual"),
            "posted": self.env._("Posted before"),
            "sum": self.env._("Sum"),
        }
        rows = []
        for code, operand, value in self.derivation or []:
            text = self._explain_step(code, operand, value)
            if own_only and code in STEPS_OF_OTHERS:
                text = self.env._("what the other shares leave = %s", value)
            rows.append((titles[code], text))
        return rows

    def _same_shares(self):
        """Return all postings of this share of the order line, the oldest first."""
        return self.order_line_id.o2o_split_line_ids.filtered(
            lambda line: line._why_key() == self._why_key()
        ).sorted("id")

    def _why_key(self):
        self.ensure_one()
        return (
            str(self.rule_line_id.id), self.role, self.partner_id.id,
            self.moved_from or "",
        )  # fmt: skip

    def _why_amount(self, line):
        return round_half_up(Decimal(str(line.amount)), line.order_line_id._o2o_unit())

    def _why_due(self):
        """Let the engine work the share out again: ``(amount due now, reason if it can't)``."""
        line = self.order_line_id
        if not line.o2o_split_rule_id:
            return None, self.env._("The order line keeps no rule.")
        try:
            _net, targets = line._o2o_target_shares(line._o2o_split_facts()[line])
        except SplitError as error:
            return None, line.o2o_split_rule_id._error_text(error)
        part = targets.get(self._why_key())
        return (part.amount if part else ZERO), ""
