from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError


class O2oDealerHistory(models.Model):
    """What was true of a dealer between two days: tier, dealer above, state.

    Written by the dealer itself at every change, by nobody else. A second change
    on one day replaces the first, whose trace is in the dealer's chatter.
    """

    _name = "o2o.dealer.history"
    _description = "Dealer History"
    _order = "dealer_id, date_from desc"
    _rec_name = "dealer_id"

    dealer_id = fields.Many2one(
        "res.partner", required=True, index=True, ondelete="cascade", readonly=True
    )
    date_from = fields.Date(string="From", required=True, readonly=True)
    date_to = fields.Date(string="To", readonly=True, help="Empty: until today.")
    tier = fields.Selection([("tier1", "Tier 1"), ("tier2", "Tier 2")], readonly=True)
    parent_id = fields.Many2one(
        "res.partner", string="Tier-1 Dealer Above", ondelete="restrict", readonly=True
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("closed", "Closed"),
        ],
        readonly=True,
    )
    reason = fields.Char(readonly=True)

    _dealer_day_uniq = models.Constraint(
        "UNIQUE(dealer_id, date_from)", "A dealer has one history line a day."
    )

    @api.model
    def _rows_on(self, dealers, day):
        """Map each dealer's id to the row that holds ``day``, in one query.

        What was before the first row is taken to be as in the first row: the
        record began later than the dealer did.
        """
        rows = {}
        # sudo: read to answer a question about the network, not to show the rows
        for row in self.sudo().search_fetch(
            [("dealer_id", "in", dealers.ids)],
            ["dealer_id", "date_from", "tier", "parent_id", "state"],
            order="dealer_id, date_from",
        ):
            if row.dealer_id.id not in rows or row.date_from <= day:
                rows[row.dealer_id.id] = row
        return rows

    @api.model
    def _record(self, dealers, day, reason):
        """Close the open row of each changed dealer and begin a new one on ``day``."""
        # sudo: nobody has the right to write history by hand
        open_rows = self.sudo().search(
            [("dealer_id", "in", dealers.ids), ("date_to", "=", False)]
        )
        current = {row.dealer_id: row for row in open_rows}
        new = []
        for dealer in dealers:
            vals = self._prepare_row_vals(dealer, reason)
            row = current.get(dealer)
            if row and row._says_the_same(dealer):
                continue
            if row and row.date_from > day:
                raise UserError(
                    self.env._(
                        "Dealer %(name)s was changed on %(later)s. A change as of "
                        "%(day)s would come before it: choose a later date.",
                        name=dealer.name,
                        later=row.date_from,
                        day=day,
                    )
                )
            if row and row.date_from == day:
                row.write(vals)
                continue
            if row:
                row.date_to = day - timedelta(days=1)
            new.append({**vals, "dealer_id": dealer.id, "date_from": day})
        return self.sudo().create(new)  # sudo: as above

    @api.model
    def _prepare_row_vals(self, dealer, reason):
        return {
            "tier": dealer.dealer_tier,
            "parent_id": dealer.dealer_parent_id.id,
            "state": dealer.dealer_state,
            "reason": reason,
        }

    def _says_the_same(self, dealer):
        return (self.tier, self.parent_id.id, self.state) == (
            dealer.dealer_tier,
            dealer.dealer_parent_id.id,
            dealer.dealer_state,
        )
