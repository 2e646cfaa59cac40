from odoo import api, models
from odoo.exceptions import ValidationError


class ResPartner(models.Model):
    """The two tiers: who stands under whom, today and on a past day."""

    _inherit = "res.partner"

    @api.constrains("is_dealer", "dealer_tier", "dealer_parent_id", "dealer_state")
    def _check_dealer_tree(self):
        for dealer in self:
            dealer._check_parent_dealer()
            for child in dealer.dealer_child_ids:
                child._check_parent_dealer()
            if dealer.dealer_parent_id in dealer.dealer_child_ids:
                raise ValidationError(dealer._circle_message())

    def _check_parent_dealer(self):
        """Tier 2 stands under tier 1 and tier 1 under nobody, so depth is two."""
        self.ensure_one()
        parent = self.dealer_parent_id
        if parent == self:
            raise ValidationError(self._circle_message())
        if not self.is_dealer:
            if parent:
                raise ValidationError(
                    self.env._(
                        "%(name)s is no dealer and can't stand under %(parent)s.",
                        name=self.name,
                        parent=parent.name,
                    )
                )
            return
        if self.dealer_tier == "tier2" and not parent:
            raise ValidationError(
                self.env._(
                    "Tier-2 dealer %(name)s has no tier-1 dealer above it. Fill in the "
                    "field Tier-1 Dealer Above.",
                    name=self.name,
                )
            )
        if parent and self.dealer_tier != "tier2":
            raise ValidationError(
                self.env._(
                    "%(name)s is not of tier 2 and can't stand under %(parent)s: empty "
                    "the field Tier-1 Dealer Above, or choose tier 2.",
                    name=self.name,
                    parent=parent.name,
                )
            )
        if parent and not (parent.is_dealer and parent.dealer_tier == "tier1"):
            raise ValidationError(
                self.env._(
                    "%(parent)s is not a tier-1 dealer, so %(name)s can't stand under "
                    "it: the network has two tiers.",
                    name=self.name,
                    parent=parent.name,
                )
            )
        self._check_parent_open()

    def _check_parent_open(self):
        """A closed dealer has nobody under it who still works."""
        parent = self.dealer_parent_id
        if parent.dealer_state == "closed" and self.dealer_state != "closed":
            raise ValidationError(
                self.env._(
                    "Tier-1 dealer %(parent)s is closed. Put %(name)s under another "
                    "tier-1 dealer first.",
                    name=self.name,
                    parent=parent.name,
                )
            )

    def _circle_message(self):
        return self.env._(
            "Dealer %(name)s would stand above itself. Check the field Tier-1 Dealer "
            "Above.",
            name=self.name,
        )

    def _o2o_parent_on(self, day):
        """Map each dealer's id to the tier-1 dealer above it on ``day``."""
        rows = self.env["o2o.dealer.history"]._rows_on(self, day)
        return {dealer_id: row.parent_id for dealer_id, row in rows.items()}

    def _o2o_state_on(self, day):
        """Map each dealer's id to its state on ``day``; today needs no history."""
        if day >= self.env.company._o2o_today():
            return {dealer.id: dealer.dealer_state for dealer in self}
        rows = self.env["o2o.dealer.history"]._rows_on(self, day)
        return {dealer_id: row.state for dealer_id, row in rows.items()}
