import secrets

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError


class O2oGuide(models.Model):
    """A shopping guide: the person (or store counter) an order may name as its recommender.

    Only the record itself. Codes, bindings and the rules that attribute an order to a guide
    build on it; the split asks :meth:`_o2o_payee` who gets the guide's share.
    """

    _name = "o2o.guide"
    _description = "Shopping Guide"
    _inherit = ["mail.thread"]
    _order = "code, id"
    _rec_names_search = ["code", "name"]
    _check_company_auto = True

    TOKEN_BYTES = 24  # 192 random bits: guessing one is hopeless

    name = fields.Char(required=True, tracking=True)
    code = fields.Char(
        required=True,
        copy=False,
        help="Short code that orders and imports use to name the guide.",
    )
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    partner_id = fields.Many2one(
        "res.partner",
        string="Person",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        help="The contact who gets the guide's share when the person is paid.",
    )
    dealer_id = fields.Many2one(
        "res.partner",
        compute="_compute_dealer_id",
        store=True,
        readonly=False,
        precompute=True,
        index="btree_not_null",
        tracking=True,
        domain="[('is_dealer', '=', True)]",
        help="The dealer who employs the guide. Empty for a guide of headquarters.",
    )
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        index="btree_not_null",
        tracking=True,
        check_company=True,
        domain="[('dealer_id', '=', dealer_id)] if dealer_id else []",
    )
    payee_policy = fields.Selection(
        [("person", "The person"), ("store", "The dealer of the store")],
        required=True,
        default="person",
        tracking=True,
        help="Who is paid the guide's share. A person's share is withheld for income tax; "
        "the dealer's goes onto the dealer's own statement and bill.",
    )
    token = fields.Char(
        copy=False,
        readonly=True,
        default=lambda self: self._new_token(),
        groups="o2o_channel.o2o_group_manager",
        help="Secret part of the guide's public address. Revoke it when it has leaked; "
        "reissuing makes a new one and the old one stops to work.",
    )
    has_token = fields.Boolean(
        string="Address Active", compute="_compute_has_token", compute_sudo=True
    )
    order_ids = fields.One2many("sale.order", "o2o_guide_id", string="Orders")
    order_count = fields.Integer(compute="_compute_order_count")

    _code_company_uniq = models.Constraint(
        "UNIQUE(code, company_id)",
        "Another guide has this code already. Choose another one.",
    )
    _token_uniq = models.UniqueIndex("(token) WHERE token IS NOT NULL")

    @api.model
    def _new_token(self):
        return secrets.token_urlsafe(self.TOKEN_BYTES)

    @api.depends("warehouse_id")
    def _compute_dealer_id(self):
        for guide in self:
            guide.dealer_id = guide.warehouse_id.dealer_id or guide.dealer_id

    @api.depends("token")
    def _compute_has_token(self):
        for guide in self:
            guide.has_token = bool(guide.token)

    def _compute_order_count(self):
        counts = dict(
            self.env["sale.order"]._read_group(
                [("o2o_guide_id", "in", self.ids)], ["o2o_guide_id"], ["__count"]
            )
        )
        for guide in self:
            guide.order_count = counts.get(guide, 0)

    @api.constrains("payee_policy", "partner_id", "dealer_id")
    def _check_payee(self):
        for guide in self:
            if guide.payee_policy == "person" and not guide.partner_id:
                raise ValidationError(
                    self.env._(
                        "Guide %(guide)s: fill in the person, or pay the dealer of the store.",
                        guide=guide.display_name,
                    )
                )
            if guide.payee_policy == "store" and not guide.dealer_id:
                raise ValidationError(
                    self.env._(
                        "Guide %(guide)s: fill in the dealer who is to be paid, or pay the person.",
                        guide=guide.display_name,
                    )
                )

    @api.constrains("dealer_id", "warehouse_id")
    def _check_store(self):
        for guide in self:
            owner = guide.warehouse_id.dealer_id
            if guide.warehouse_id and guide.dealer_id and owner != guide.dealer_id:
                raise ValidationError(
                    self.env._(
                        "Guide %(guide)s: store %(store)s belongs to %(owner)s, not to %(dealer)s.",
                        guide=guide.display_name,
                        store=guide.warehouse_id.display_name,
                        owner=owner.display_name or self.env._("headquarters"),
                        dealer=guide.dealer_id.display_name,
                    )
                )

    @api.depends("code", "name")
    def _compute_display_name(self):
        for guide in self:
            guide.display_name = (
                f"[{guide.code}] {guide.name}" if guide.code else guide.name
            )

    @api.ondelete(at_uninstall=False)
    def _unlink_except_with_orders(self):
        for guide in self.sudo():  # orders of other teams count as well
            if guide.order_ids:
                raise UserError(
                    self.env._(
                        "Guide %(guide)s is named on orders. Archive the guide instead.",
                        guide=guide.display_name,
                    )
                )

    def _o2o_payee(self):
        """Return the partner who is paid this guide's share (empty for an empty guide)."""
        if not self:
            return self.env["res.partner"]
        self.ensure_one()
        return self.dealer_id if self.payee_policy == "store" else self.partner_id

    def action_revoke_token(self):
        self.write({"token": False})
        for guide in self:
            guide.message_post(
                body=self.env._("The guide's public address was revoked.")
            )

    def action_reissue_token(self):
        for guide in self:
            guide.token = self._new_token()
            guide.message_post(
                body=self.env._("The guide's public address was reissued.")
            )

    def action_view_orders(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Orders of %(guide)s", guide=self.name),
            "res_model": "sale.order",
            "view_mode": "list,form",
            "domain": [("o2o_guide_id", "=", self.id)],
        }
