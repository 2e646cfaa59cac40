from odoo import models


class O2oChannel(models.Model):
    """What a channel's authorisation means for its orders."""

    _inherit = "o2o.channel"

    def _authorization_ended(self, dealer, day):
        """Whether ``dealer`` was authorised in its own shop once, but isn't on ``day``.

        Its consumers' orders are then held, whereas a dealer under an online-sales
        ban who never was authorised is refused.
        """
        self.ensure_one()
        if not dealer or self.owner_dealer_id != dealer:
            return False
        # sudo: asked for every order, by users who may not read authorisations
        once = (
            self.env["o2o.online.authorization"]
            .sudo()
            .search_count(
                [
                    ("dealer_id", "=", dealer.id),
                    ("channel_id", "=", self.id),
                    ("approved_on", "!=", False),
                ],
                limit=1,
            )
        )
        return bool(once) and self._authorization_missing_on(day)
