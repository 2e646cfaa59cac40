from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from odoo import fields, models
from odoo.tools import SQL

from ...engine.money import ZERO, round_half_up
from ...engine.split import SplitError, allocate
from .o2o_split_role import SPLIT_READERS


@dataclass(frozen=True)
class SplitEvent:
    """What made the split run: its local day, its leg, and legs that are told of after it.

    ``open_date`` is the first open day from then on, found once per run.
    """

    date: date
    dispatch: Any = None
    pending: Any = None
    open_date: date | None = None


class SaleOrderLine(models.Model):
    """Converge what is posted of a line's split to what is due (rule 3 of the design)."""

    _inherit = "sale.order.line"

    o2o_split_rule_id = fields.Many2one(
        "o2o.split.rule",
        string="Split Rule",
        groups="base.group_user",
        copy=False,
        readonly=True,
        index="btree_not_null",
        ondelete="restrict",
        help="The version that held when the order was confirmed.",
    )
    # A consumer may read the own order over RPC: not who earns what on it.
    o2o_split_parties = fields.Json(copy=False, readonly=True, groups="base.group_user")
    o2o_split_postings = fields.Integer(
        copy=False, readonly=True, groups="base.group_user"
    )
    o2o_split_note = fields.Char(
        string="Not Split Because",
        copy=False,
        readonly=True,
        groups="base.group_user",
        help="Put it right and split again.",
    )
    o2o_split_line_ids = fields.One2many(
        "o2o.split.line", "order_line_id", readonly=True, groups=SPLIT_READERS
    )

    def _o2o_is_split(self):
        """Tell whether shares are due of this line at all, or were posted and may go back."""
        self.ensure_one()
        if self.o2o_split_postings:
            return True
        return bool(
            self.order_id.o2o_accounting_mode
            and self.order_id.state not in ("draft", "sent")
            and not self.display_type
            and not self._is_discount_line()
            and self.product_uom_qty > 0
        )

    # -- frozen at confirmation ---------------------------------------------
    def _o2o_freeze_split(self):
        """Give lines without one the active rule and the parties of today, for good."""
        todo = self.filtered(
            lambda line: line._o2o_is_split() and not line.o2o_split_rule_id
        )
        for company, own in todo.grouped("company_id").items():
            rules = self.env["o2o.split.rule"]
            matches = {
                line: rules._find_in_force(company, line._o2o_split_pattern())
                for line in own
            }
            lines = own.filtered(lambda line, matches=matches: matches[line])
            tier1 = lines.with_company(company)._o2o_find_tier1()
            for line in lines:
                line.write(
                    {
                        "o2o_split_rule_id": matches[line].id,
                        "o2o_split_parties": line.o2o_split_parties
                        or line._o2o_find_parties(tier1[line]),
                    }
                )

    def _o2o_thaw_split(self):
        """Let lines that couldn't be split, and have nothing posted, take today's rule."""
        stuck = self.filtered(
            lambda line: line.o2o_split_note and not line.o2o_split_postings
        )
        stuck.write({"o2o_split_rule_id": False})

    def _o2o_split_pattern(self):
        """Return what rules are matched against."""
        order = self.order_id
        return {
            "channel": order.o2o_channel_id,
            "region": order.o2o_region_id,
            "categ": self.product_id.categ_id,
            "product": self.product_id.product_tmpl_id,
            "service": self._o2o_is_service(),
            "flow": order.o2o_flow,
            "date": order._o2o_day(),
        }

    def _o2o_find_tier1(self):
        """Return ``{line: tier-1 dealer of the delivery region}``, one look-up per day."""
        found = {}
        for day, lines in self.grouped(lambda line: line.order_id._o2o_day()).items():
            tier1 = self.env["o2o.coverage"]._tier1_of(
                lines.order_id.o2o_region_id, lines.product_id.categ_id, day
            )
            for line in lines:
                place = line.order_id.o2o_region_id.id, line.product_id.categ_id.id
                found[line] = tier1.get(place, self.env["res.partner"])
        return found

    def _o2o_find_parties(self, tier1):
        """Return ``{role: partner id}`` of the roles that don't depend on who delivers."""
        order = self.order_id
        found = {
            "origin": order.o2o_origin_dealer_id,
            "tier1": tier1,
            "guide": order.o2o_guide_id._o2o_payee(),
            "crew": order.o2o_crew_id,
        }
        return {role: partner.id for role, partner in found.items() if partner}

    # -- converge -----------------------------------------------------------
    def _o2o_converge_split(self, event):
        """Post ``target - already posted`` of each line; return the new split lines.

        Running it twice posts nothing. A line that can't be split (no rule, a price that
        isn't known) keeps the reason in ``o2o_split_note`` and stops nobody else.
        """
        # sudo: a dealer's delivery or a clerk's return moves money that only accountants see
        lines = self.sudo().filtered(lambda line: line._o2o_is_split())
        if not lines:
            return self.env["o2o.split.line"]
        lines._o2o_lock_split()
        lines._o2o_freeze_split()
        facts = lines._o2o_split_facts(event.pending)
        event = replace(
            event, open_date=lines.company_id._o2o_first_open_date(event.date)
        )
        values = []
        for line in lines:
            note = line._o2o_agent_note(facts[line])
            try:
                if not note:
                    values += line._o2o_missing_shares(facts[line], event)
                delivered = any(facts[line].kept.values())
                unruled = not line.o2o_split_rule_id and not line._o2o_is_service()
                if delivered and unruled:
                    note = self.env._("no active split rule matches this line")
            except SplitError as error:
                note = line.o2o_split_rule_id._error_text(error)
            if note != line.o2o_split_note:
                line.o2o_split_note = note
        shares = self.env["o2o.split.line"]._internal().create(values)
        shares._post_events()
        lines._o2o_tell_subsidy(shares)
        shares.order_line_id._o2o_tell_uncovered(facts)
        lines._o2o_book_agent(facts, event)
        return shares

    def _o2o_lock_split(self):
        """Take the lines' rows: of two that split at once, the second is replayed."""
        self.flush_recordset()
        self.env.cr.execute(
            SQL(
                "SELECT id FROM sale_order_line WHERE id IN %s ORDER BY id FOR NO KEY UPDATE",
                tuple(self.ids),
            ),
            log_exceptions=False,
        )

    def _o2o_missing_shares(self, facts, event):
        """Return the values of the split lines that bring this line to its target."""
        self.ensure_one()
        posted = self._o2o_posted_shares()
        if not self.o2o_split_rule_id or not (posted or any(facts.kept.values())):
            return []
        net, targets = self._o2o_target_shares(facts)
        before = sum((amount for amount, _base in posted.values()), ZERO)
        first = not posted  # even a free line gets one, so that the leg counts as split
        rows = [
            self._o2o_share_row(key, targets.get(key), posted.get(key))
            for key in dict.fromkeys([*targets, *posted])
        ]
        rows = [row for row in rows if row["amount"] or (first and row["residual"])]
        if not rows:
            return []
        self.o2o_split_postings += 1
        return [self._o2o_prepare_share(row, net - before, event) for row in rows]

    def _o2o_target_shares(self, facts, trial=None):
        """Return ``(net, {(rule line, role, partner, moved from): part})`` that are due now,
        or would be under the rule ``trial``."""
        if self.product_uom_qty <= 0:  # taken off the order: all of it goes back
            return ZERO, {}
        allocation = allocate(*self._o2o_engine_input(facts, trial))
        return allocation.net, {
            (part.key, part.role, part.party, part.moved_from): part
            for part in allocation.parts
        }

    def _o2o_posted_shares(self):
        """Return ``{(rule line, role, partner, moved from): (amount, base)}`` posted so far."""
        posted = {}
        unit = self._o2o_unit()
        for share in self.o2o_split_line_ids:
            key = (
                str(share.rule_line_id.id), share.role, share.partner_id.id,
                share.moved_from or "",
            )  # fmt: skip
            amount, base = posted.get(key, (ZERO, ZERO))
            posted[key] = (
                amount + round_half_up(Decimal(str(share.amount)), unit),
                base + round_half_up(Decimal(str(share.base)), unit),
            )
        return posted

    def _o2o_share_row(self, key, part, posted):
        """Return one party's step to its target; ``part`` is empty when nothing is due now."""
        rule_line, role, partner, moved_from = key
        amount, base = posted or (ZERO, ZERO)
        steps = part.step_rows() if part else []
        if posted:
            steps.append(["posted", "", str(amount)])
        return {
            "rule_line_id": int(rule_line),
            "role": role,
            "partner_id": partner,
            "moved_from": moved_from or False,
            "rate": float(part.rate) if part else 0.0,
            "residual": bool(part and part.residual),
            "amount": (part.amount if part else ZERO) - amount,
            "base": (part.base if part else ZERO) - base,
            "derivation": steps,
        }
