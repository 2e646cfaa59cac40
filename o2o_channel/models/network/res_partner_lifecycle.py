from odoo import fields, models
from odoo.exceptions import UserError

from .tools import CHANNEL_STAFF


class ResPartner(models.Model):
    """A dealer's states, what a change needs, and what it sets off.

    The change itself is always a write of ``dealer_state``; the date as of which it
    holds and the reason come in the context (``o2o_effective_date``,
    ``o2o_reason``), so that no way round the buttons skips a check.
    """

    _inherit = "res.partner"

    dealer_history_ids = fields.One2many(
        "o2o.dealer.history", "dealer_id", readonly=True, groups=CHANNEL_STAFF
    )

    def action_dealer_activate(self):
        """Put draft or suspended dealers into business."""
        for dealer in self:
            if not dealer.is_dealer or dealer.dealer_state == "closed":
                raise UserError(
                    self.env._(
                        "%(name)s is no dealer or is closed for good. A closed dealer "
                        "comes back as a new contact with a new code.",
                        name=dealer.name,
                    )
                )
        self.write({"dealer_state": "active"})

    def _before_dealer_change(self, vals):
        """Refuse what a dealer's state forbids, before anything is written."""
        if "dealer_contract_to" in vals:
            vals["dealer_contract_warned_on"] = False
        closed = self.filtered(lambda p: p.dealer_state == "closed")
        if closed and vals.get("dealer_state", "closed") != "closed":
            raise UserError(
                self.env._(
                    "Dealer %(name)s is closed. A closed dealer comes back as a new "
                    "contact with a new code.",
                    name=closed[0].name,
                )
            )
        if vals.get("dealer_state") == "closed":
            (self - closed)._check_may_close()

    def _check_may_close(self):
        """A dealer leaves with nothing owed either way and nobody under it."""
        balances = self._o2o_open_balance()
        for dealer in self:
            balance = balances.get(dealer.id, 0.0)
            currency = dealer.currency_id or self.env.company.currency_id
            if not currency.is_zero(balance):
                raise UserError(
                    self.env._(
                        "Dealer %(name)s can't be closed: its split clearing has an "
                        "open balance of %(amount)s. Settle it first.",
                        name=dealer.name,
                        amount=currency.format(balance),
                    )
                )
            under = dealer.dealer_child_ids.filtered(
                lambda child: child.dealer_state != "closed"
            )
            if under - self:
                raise UserError(
                    self.env._(
                        "Dealer %(name)s can't be closed: %(children)s stand under it. "
                        "Put them under another tier-1 dealer first.",
                        name=dealer.name,
                        children=", ".join((under - self).mapped("name")),
                    )
                )

    def _after_dealer_change(self, old_states):
        """Free what a dealer that stopped still held; ``old_states`` by partner."""
        stopped = self.filtered(
            lambda p: (
                p.dealer_state in ("suspended", "closed")
                and old_states.get(p) not in ("suspended", "closed")
            )
        )
        closed = self.filtered(
            lambda p: p.dealer_state == "closed" and old_states.get(p) != "closed"
        )
        if stopped:
            stopped._o2o_release_dispatches()
        if closed:
            closed._check_no_open_dispatch()
            closed._end_network_records(self._dealer_effective_date())

    def _check_no_open_dispatch(self):
        open_legs = self._o2o_open_dispatches()
        for dealer in self:
            if open_legs.get(dealer.id):
                raise UserError(
                    self.env._(
                        "Dealer %(name)s can't be closed: %(count)s of its deliveries "
                        "are under way. Wait until they have arrived, or cancel them.",
                        name=dealer.name,
                        count=open_legs[dealer.id],
                    )
                )

    def _end_network_records(self, day):
        """End coverage and online authorisations with ``day``; they stay on record."""
        lines = self.env["o2o.coverage"].search([("dealer_id", "in", self.ids)])
        later = lines.filtered(lambda line: line.date_from and line.date_from > day)
        later.action_archive()
        (lines - later).filtered(
            lambda line: not line.date_to or line.date_to > day
        ).write({"date_to": day})
        self.env["o2o.online.authorization"].search(
            [("dealer_id", "in", self.ids), ("state", "in", ("approved", "suspended"))]
        )._end("revoked", self.env._("The dealer was closed."), day)

    def _record_dealer_history(self):
        self.env["o2o.dealer.history"]._record(
            self, self._dealer_effective_date(), self.env.context.get("o2o_reason")
        )

    def _dealer_effective_date(self):
        return (
            self.env.context.get("o2o_effective_date") or self.env.company._o2o_today()
        )

    def _check_online_allowed(self, channel, on_date):
        """Refuse an online order of a dealer whose contract bans selling online.

        An approved authorisation for that channel is the contract's exception.
        """
        self.ensure_one()
        if not (self.online_ban and channel.is_online):
            return
        authorizations = self.env["o2o.online.authorization"]
        if authorizations._is_authorized(self, channel, on_date):
            return
        raise UserError(
            self.env._(
                "Dealer %(name)s (%(code)s) may not sell online: contract %(contract)s "
                "holds an online-sales ban, and channel %(channel)s is an online one "
                "without an authorisation on %(date)s. Take the order through a store "
                "channel, or have the dealer apply for an online authorisation.",
                name=self.name,
                code=self.dealer_code or "-",
                contract=self.dealer_contract_ref or self.env._("(no number on file)"),
                channel=channel.name,
                date=on_date,
            )
        )

    # Hooks of the rooms to the right

    def _o2o_open_balance(self, company=None):
        """Map each dealer's id to what its split clearing still holds (signed).

        Of ``company``, or of all of them.

        Nothing here; the rooms that post money say what they know.
        """
        return dict.fromkeys(self.ids, 0.0)

    def _o2o_open_dispatches(self):
        """Map each dealer's id to the number of its legs that are not finished."""
        return dict.fromkeys(self.ids, 0)

    def _o2o_release_dispatches(self):
        """Take back what can still be taken from these dealers and route it anew.

        Called after their state changed, so that no leg comes back to them.
        """
