from odoo import api, fields, models

from ...engine.order_check import UNPRINTABLE
from .exceptions import ChannelForbidden


class O2oChannel(models.Model):
    """Who may hand in a channel's orders through the API."""

    _inherit = "o2o.channel"

    user_ids = fields.Many2many(
        help="Whose API keys may post orders of this channel. Empty: every user of the "
        "company in the group Channel Integration."
    )

    @api.model
    def _for_intake(self, code):
        """The active channel of this code that the user may hand orders in to.

        Empty when none of the user's companies has one; raises ChannelForbidden when
        it isn't the user's.
        """
        user = self.env.user
        if not user.has_group("o2o_channel.o2o_group_integration"):
            raise ChannelForbidden(
                self.env._(
                    "User %(user)s is not in the group Channel Integration. Use the API "
                    "key of an integration user.",
                    user=user.login,
                )
            )
        if UNPRINTABLE.search(code):
            return self.browse()  # a database can't even look for it
        # sudo: an integration user reads nothing; the channel is the user's, see below
        channels = self.sudo().search(
            [("code", "=", code), ("company_id", "in", user.company_ids.ids)]
        )
        allowed = channels.filtered(lambda c: not c.user_ids or user in c.user_ids)
        if channels and not allowed:
            raise ChannelForbidden(
                self.env._(
                    "User %(user)s may not use channel %(channel)s. A channel manager "
                    "can add the user to the channel.",
                    user=user.login,
                    channel=code,
                )
            )
        own = allowed.filtered(lambda c: c.company_id == user.company_id)
        return (own or allowed)[:1]
