from odoo import api, fields, models
from odoo.exceptions import ValidationError

ONLINE_KINDS = ("own_shop", "platform", "dealer_shop")


class O2oChannel(models.Model):
    """A door through which orders come in, and how its money is treated."""

    _name = "o2o.channel"
    _description = "Sales Channel"
    _inherit = ["mail.thread"]
    _order = "name, id"
    _check_company_auto = True
    _rec_names_search = ["code", "name"]

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        tracking=True,
        help="By this code shops and imports name the channel, such as TMALL.",
    )
    kind = fields.Selection(
        [
            ("own_shop", "Own Online Shop"),
            ("platform", "Shop on a Platform"),
            ("dealer_shop", "Dealer's Online Shop"),
            ("store_qr", "QR Code in a Store"),
            ("counter", "Store Counter"),
        ],
        required=True,
        default="own_shop",
        tracking=True,
    )
    is_online = fields.Boolean(
        string="Online",
        compute="_compute_is_online",
        store=True,
        help="A contract's online-sales ban holds for online channels.",
    )
    accounting_mode = fields.Selection(
        [("principal", "HQ Sells (Gross)"), ("agent", "Dealer Sells (Net)")],
        required=True,
        default="principal",
        tracking=True,
        help="Gross: HQ invoices the consumer and the dealers' shares are expenses. "
        "Net: the dealer is the seller, HQ collects and books its fee only.",
    )
    collector = fields.Selection(
        [
            ("hq", "Headquarters"),
            ("platform", "The Platform"),
            ("origin", "The Originating Dealer"),
            ("fulfiller", "The Fulfilling Dealer"),
        ],
        required=True,
        default="hq",
        string="Money Collected By",
        tracking=True,
    )
    journal_id = fields.Many2one(
        "account.journal",
        string="Sales Journal",
        check_company=True,
        domain="[('type', '=', 'sale')]",
        help="Invoices of this channel's orders. Empty: the company's usual one.",
    )
    team_id = fields.Many2one("crm.team", string="Sales Team", check_company=True)
    pricelist_id = fields.Many2one("product.pricelist", check_company=True)
    owner_dealer_id = fields.Many2one(
        "res.partner",
        string="Shop Owner",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('is_dealer', '=', True)]",
        tracking=True,
        help="The dealer whose online shop this is. Its orders are served only while "
        "the dealer holds a valid online authorisation.",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company
    )
    currency_id = fields.Many2one("res.currency", compute="_compute_currency_id")
    user_ids = fields.Many2many(
        "res.users",
        string="Integration Users",
        domain="[('share', '=', False)]",
        help="Whose API keys may post orders of this channel.",
    )
    authorization_ids = fields.One2many(
        "o2o.online.authorization", "channel_id", string="Online Authorisations"
    )
    active = fields.Boolean(default=True)

    _code_uniq = models.Constraint(
        "UNIQUE(company_id, code)", "Another channel of this company has this code."
    )

    @api.depends("kind")
    def _compute_is_online(self):
        for channel in self:
            channel.is_online = channel.kind in ONLINE_KINDS

    @api.depends("pricelist_id.currency_id", "company_id.currency_id")
    def _compute_currency_id(self):
        for channel in self:
            channel.currency_id = (
                channel.pricelist_id.currency_id or channel.company_id.currency_id
            )

    @api.constrains("code")
    def _check_code(self):
        for channel in self:
            if not channel.code.strip() or channel.code != channel.code.strip():
                raise ValidationError(
                    self.env._(
                        'Code "%(code)s" of channel %(name)s begins or ends with a '
                        "blank, or is empty. Shops must be able to type it.",
                        code=channel.code,
                        name=channel.name,
                    )
                )

    @api.constrains("kind", "owner_dealer_id")
    def _check_owner(self):
        for channel in self:
            owner = channel.owner_dealer_id
            if channel.kind == "dealer_shop" and not owner:
                raise ValidationError(
                    self.env._(
                        "Channel %(name)s is a dealer's online shop: name the dealer in "
                        "the field Shop Owner.",
                        name=channel.name,
                    )
                )
            if owner and not owner.is_dealer:
                raise ValidationError(
                    self.env._(
                        "%(owner)s owns channel %(name)s but is no dealer.",
                        owner=owner.name,
                        name=channel.name,
                    )
                )

    def _authorization_missing_on(self, day, products=None):
        """Whether orders of ``day`` must be held for want of an authorisation.

        Only a dealer's own shop needs one. With ``products``, the goods must be
        among those that the authorisation names.
        """
        self.ensure_one()
        if self.kind != "dealer_shop":
            return False
        valid = self.env["o2o.online.authorization"]._valid_for(
            self.owner_dealer_id, self, day
        )
        return not valid or not valid._permit(products or [])
