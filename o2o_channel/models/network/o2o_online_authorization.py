from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.fields import Domain

from .tools import categ_path


class O2oOnlineAuthorization(models.Model):
    """HQ's leave for a dealer to sell in one online shop, with its terms."""

    _name = "o2o.online.authorization"
    _description = "Online Authorisation"
    _inherit = ["mail.thread", "mail.activity.mixin"]
    _order = "date_from desc, id desc"
    _check_company_auto = True

    name = fields.Char(
        string="Number", default="/", readonly=True, copy=False, required=True
    )
    dealer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_dealer', '=', True), ('dealer_state', '!=', 'closed')]",
        tracking=True,
    )
    platform = fields.Selection(
        [
            ("tmall", "Tmall"),
            ("taobao", "Taobao"),
            ("jd", "JD"),
            ("douyin", "Douyin"),
            ("pdd", "Pinduoduo"),
            ("wechat", "WeChat"),
            ("own", "Own Website"),
            ("other", "Other"),
        ],
        required=True,
        default="tmall",
        tracking=True,
    )
    shop_ref = fields.Char(string="Shop", required=True, tracking=True)
    shop_url = fields.Char(string="Shop Address", tracking=True)
    channel_id = fields.Many2one(
        "o2o.channel",
        index="btree_not_null",
        check_company=True,
        ondelete="restrict",
        copy=False,
        tracking=True,
        help="The channel by which this shop's orders come in. Needed to approve.",
    )
    categ_ids = fields.Many2many(
        "product.category", string="Product Lines", help="Empty: all goods."
    )
    product_ids = fields.Many2many(
        "product.product",
        string="Products",
        help="Single products allowed besides the product lines.",
    )
    price_min = fields.Monetary(string="Lowest Price")
    price_max = fields.Monetary(string="Highest Price")
    date_from = fields.Date(string="From", required=True, tracking=True)
    date_to = fields.Date(
        string="To", required=True, tracking=True, help="The last day, included."
    )
    state = fields.Selection(
        [
            ("draft", "Draft"),
            ("submitted", "Submitted"),
            ("approved", "Approved"),
            ("refused", "Refused"),
            ("suspended", "Suspended"),
            ("revoked", "Revoked"),
            ("expired", "Expired"),
        ],
        required=True,
        default="draft",
        index=True,
        copy=False,
        tracking=True,
        group_expand=True,
    )
    reason = fields.Text(
        string="Reason Given",
        readonly=True,
        copy=False,
        tracking=True,
        help="Why it was refused, suspended or revoked. The dealer reads it.",
    )
    note = fields.Text(string="Note of the Dealer")
    approved_on = fields.Date(readonly=True, copy=False)
    ended_on = fields.Date(
        string="Stopped On",
        readonly=True,
        copy=False,
        help="The first day on which it no longer held, before its planned end.",
    )
    warned_on = fields.Date(readonly=True, copy=False)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one(related="company_id.currency_id")

    _dates = models.Constraint(
        "CHECK(date_from <= date_to)", "An authorisation can't end before it starts."
    )
    _one_application = models.UniqueIndex(
        "(dealer_id, platform, lower(shop_ref)) WHERE state = 'submitted'",
        "An application for this shop is under review already.",
    )
    _valid_idx = models.Index("(channel_id, dealer_id) WHERE approved_on IS NOT NULL")

    @api.constrains("price_min", "price_max")
    def _check_price_band(self):
        for authorization in self:
            low, high = authorization.price_min, authorization.price_max
            if low < 0 or high < 0 or (high and high < low):
                raise ValidationError(
                    self.env._(
                        "Price band %(low)s to %(high)s of %(name)s: neither price may "
                        "be negative, and the highest not below the lowest.",
                        low=low,
                        high=high,
                        name=authorization.name,
                    )
                )

    @api.constrains("dealer_id", "channel_id")
    def _check_parties(self):
        for authorization in self:
            dealer, channel = authorization.dealer_id, authorization.channel_id
            if not dealer.is_dealer:
                raise ValidationError(
                    self.env._("%(name)s is no dealer.", name=dealer.name)
                )
            if channel.owner_dealer_id and channel.owner_dealer_id != dealer:
                raise ValidationError(
                    self.env._(
                        "Channel %(channel)s is the shop of %(owner)s, not of "
                        "%(dealer)s.",
                        channel=channel.name,
                        owner=channel.owner_dealer_id.name,
                        dealer=dealer.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            if vals.get("name", "/") == "/":
                vals["name"] = (
                    self.env["ir.sequence"].next_by_code("o2o.online.authorization")
                    or "/"
                )
            self._complete_approval(vals)
        return super().create(vals_list)

    @api.model
    def _complete_approval(self, vals):
        """An approval has a date, also when it comes by import or from code."""
        if vals.get("state") == "approved" and not vals.get("approved_on"):
            vals["approved_on"] = self.env.company._o2o_today()

    @api.model
    def _get_valid_domain(self, on_date):
        """Approved once, within its dates, and not stopped by that day."""
        return (
            Domain("approved_on", "!=", False)
            & Domain("date_from", "<=", on_date)
            & Domain("date_to", ">=", on_date)
            & (
                Domain("state", "in", ("approved", "expired"))
                | Domain("ended_on", ">", on_date)
            )
        )

    @api.model
    def _is_authorized(self, dealer, channel, on_date):
        """Whether ``dealer`` might sell through ``channel`` on ``on_date``.

        Also true of a past day on which an authorisation held that has ended since.
        A dealer that was not in business on the day was not authorised either.
        """
        return bool(self._valid_for(dealer, channel, on_date))

    @api.model
    def _valid_for(self, dealer, channel, on_date):
        """The authorisations, sudoed, on which ``_is_authorized`` rests."""
        # sudo: asked for every order, by users who may not read authorisations
        model = self.sudo()
        if dealer._o2o_state_on(on_date).get(dealer.id) != "active":
            return model
        return model.search(
            Domain("dealer_id", "=", dealer.id)
            & Domain("channel_id", "=", channel.id)
            & self._get_valid_domain(on_date)
        )

    def _permit(self, products):
        """Whether one of these authorisations or another covers each product.

        The price band is not asked: HQ may not fix the resale prices of a dealer
        who sells on its own account, so a breach is evidence, not a reason to hold.
        """
        if any(not one.categ_ids and not one.product_ids for one in self):
            return True
        listed = self.product_ids
        lines = set(self.categ_ids.ids)
        return all(
            product in listed or lines & set(categ_path(product.categ_id))
            for product in products
        )

    def _end(self, state, reason, day):
        """Stop authorisations: ``day`` is the first on which they don't hold."""
        self.write({"state": state, "reason": reason, "ended_on": day})
