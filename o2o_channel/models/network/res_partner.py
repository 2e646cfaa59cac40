from odoo import api, fields, models
from odoo.exceptions import AccessError, ValidationError

DEALER_FIELDS = frozenset(
    {
        "is_dealer",
        "dealer_code",
        "dealer_kind",
        "dealer_tier",
        "dealer_parent_id",
        "dealer_state",
        "dealer_contract_ref",
        "dealer_contract_from",
        "dealer_contract_to",
        "dealer_contract_warned_on",
        "dealer_deposit",
        "online_ban",
        "o2o_taxpayer",
    }
)
# Any of these in a new contact makes it a dealer; the others have defaults.
_MARKS_OF_A_DEALER = DEALER_FIELDS - {"dealer_kind", "o2o_taxpayer"}


class ResPartner(models.Model):
    """A dealer is a contact of its own with a code, a tier and a state."""

    _inherit = "res.partner"

    is_dealer = fields.Boolean(
        string="Dealer",
        index=True,
        copy=False,
        tracking=True,
        help="Sells and delivers for the brand: has a code, a tier and an area.",
    )
    dealer_code = fields.Char(
        copy=False,
        tracking=True,
        help="Short code by which shops and imports name the dealer, such as C2.",
    )
    dealer_kind = fields.Selection(
        [
            ("dealer", "Dealer"),
            ("direct", "Direct Store"),
            ("franchise", "Franchise Store"),
            ("concession", "Concession Counter"),
        ],
        default="dealer",
        tracking=True,
        help="A concession counter sells in somebody else's store and gives no stock "
        "feed: nothing is promised from it automatically.",
    )
    dealer_tier = fields.Selection(
        [("tier1", "Tier 1"), ("tier2", "Tier 2")], copy=False, tracking=True
    )
    dealer_parent_id = fields.Many2one(
        "res.partner",
        string="Tier-1 Dealer Above",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('is_dealer', '=', True), ('dealer_tier', '=', 'tier1')]",
        copy=False,
        tracking=True,
    )
    dealer_child_ids = fields.One2many(
        "res.partner", "dealer_parent_id", string="Tier-2 Dealers"
    )
    dealer_state = fields.Selection(
        [
            ("draft", "Draft"),
            ("active", "Active"),
            ("suspended", "Suspended"),
            ("closed", "Closed"),
        ],
        string="Dealer Status",
        index=True,
        copy=False,
        tracking=True,
        help="Only active dealers are offered orders.",
    )
    dealer_contract_ref = fields.Char(
        string="Contract", copy=False, tracking=True, help="Number of the contract."
    )
    dealer_contract_from = fields.Date(string="Contract From", copy=False)
    dealer_contract_to = fields.Date(string="Contract To", copy=False, tracking=True)
    dealer_contract_warned_on = fields.Date(copy=False, readonly=True)
    dealer_deposit = fields.Monetary(
        string="Deposit",
        copy=False,
        tracking=True,
        help="Deposit that the contract asks for and HQ holds.",
    )
    online_ban = fields.Boolean(
        string="Online-Sales Ban",
        copy=False,
        tracking=True,
        help="The contract forbids selling online. Only an approved online "
        "authorisation for a shop makes an exception, for that shop.",
    )
    o2o_taxpayer = fields.Selection(
        [
            ("general", "General Taxpayer"),
            ("small_scale", "Small-scale Taxpayer"),
            ("individual", "Individual"),
        ],
        string="Taxpayer Type",
        default="general",
        tracking=True,
        help="Decides how the partner's share is billed: with VAT, with the reduced "
        "rate, or with tax withheld from an individual.",
    )

    _dealer_code_uniq = models.UniqueIndex(
        "(dealer_code) WHERE dealer_code IS NOT NULL",
        "Another dealer has this code.",
    )
    _dealer_deposit_positive = models.Constraint(
        "CHECK(dealer_deposit >= 0)", "A deposit can't be negative."
    )

    @api.constrains(
        "is_dealer", "dealer_code", "dealer_kind", "dealer_tier", "dealer_state"
    )
    def _check_dealer_identity(self):
        for dealer in self.filtered("is_dealer"):
            dealer._check_own_entity()
            dealer._check_dealer_code()
            if dealer.dealer_state == "active":
                dealer._check_complete()

    @api.constrains("parent_id", "is_company")
    def _check_own_entity(self):
        for dealer in self.filtered("is_dealer"):
            if dealer.commercial_partner_id != dealer:
                raise ValidationError(
                    self.env._(
                        "%(name)s belongs to %(company)s. A dealer is a company of its "
                        "own: mark the company as dealer, its people stay contacts.",
                        name=dealer.name,
                        company=dealer.commercial_partner_id.name,
                    )
                )

    @api.constrains("dealer_contract_from", "dealer_contract_to")
    def _check_contract_dates(self):
        for dealer in self:
            start, end = dealer.dealer_contract_from, dealer.dealer_contract_to
            if start and end and end < start:
                raise ValidationError(
                    self.env._(
                        "The contract of %(name)s ends on %(end)s, before it starts on "
                        "%(start)s.",
                        name=dealer.name,
                        start=start,
                        end=end,
                    )
                )

    @api.constrains("active", "dealer_state", "is_dealer")
    def _check_dealer_not_hidden(self):
        for dealer in self:
            if dealer.dealer_state not in ("active", "suspended"):
                continue
            if not dealer.is_dealer or not dealer.active:
                raise ValidationError(
                    self.env._(
                        "Dealer %(name)s is in business. Close it before you archive "
                        "the contact or take the dealer mark away.",
                        name=dealer.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        for vals in vals_list:
            self._prepare_dealer_vals(vals)
            if any(vals.get(name) for name in _MARKS_OF_A_DEALER):
                self._check_may_keep_dealers()
            if vals.get("is_dealer"):
                vals["dealer_state"] = vals.get("dealer_state") or "draft"
        self._check_code_free(vals_list)
        partners = super().create(vals_list)
        for partner, vals in zip(partners, vals_list, strict=True):
            if vals.get("dealer_tier"):
                partner._propose_grade(keep_pricelist=vals)
        partners.filtered("is_dealer")._record_dealer_history()
        return partners

    def write(self, vals):
        if not DEALER_FIELDS.intersection(vals):
            return super().write(vals)
        if not self._changes_dealers(vals):
            # as when contacts are merged: Odoo writes all that they have
            return super().write(vals)
        self._check_may_keep_dealers()
        vals = dict(vals)
        self._prepare_dealer_vals(vals)
        self._check_code_free([vals], keep=self.ids)
        if vals.get("is_dealer") and "dealer_state" not in vals:
            self.filtered(lambda p: not p.dealer_state).write({"dealer_state": "draft"})
        self._before_dealer_change(vals)
        states = {partner: partner.dealer_state for partner in self}
        result = super().write(vals)
        if vals.get("dealer_tier"):
            self._propose_grade()
        self.filtered("is_dealer")._record_dealer_history()
        self._after_dealer_change(states)
        return result

    @api.ondelete(at_uninstall=False)
    def _unlink_except_dealer(self):
        for dealer in self:
            if dealer.is_dealer and dealer.dealer_state not in (False, "draft"):
                raise ValidationError(
                    self.env._(
                        "Dealer %(name)s has a history and can't be deleted. Close it "
                        "instead.",
                        name=dealer.name,
                    )
                )

    def _changes_dealers(self, vals, names=DEALER_FIELDS):
        """Tell whether these values change what the dealers' keepers keep."""
        # sudo: only compared
        for partner in self.sudo():
            for name in names.intersection(vals):
                field = self._fields[name]
                new = field.convert_to_cache(vals[name] or False, partner)
                if new != field.convert_to_cache(partner[name], partner):
                    return True
        return False

    @api.model
    def _check_may_keep_dealers(self):
        """Whoever may edit contacts may still not make or change dealers."""
        if self.env.su or self.env.user.has_group("o2o_channel.o2o_group_manager"):
            return
        raise AccessError(
            self.env._(
                "Only channel managers keep the dealers' codes, tiers, contracts and "
                "states. Ask one of them for this change."
            )
        )

    @api.model
    def _prepare_dealer_vals(self, vals):
        """Codes are kept in capitals; an empty one is no code."""
        if "dealer_code" in vals:
            vals["dealer_code"] = (vals["dealer_code"] or "").strip().upper() or False

    def _propose_grade(self, keep_pricelist=()):
        """Give the tier's grade to dealers that hold none or another tier's.

        Core hands the grade's price list over only when a grade is *written*; it is
        therefore written here after creation too, unless ``keep_pricelist`` (the
        values of the creation) names a list or a grade itself.
        """
        if {"specific_property_product_pricelist", "grade_id"} & set(keep_pricelist):
            return
        for tier, dealers in self.grouped("dealer_tier").items():
            grade = self.env["res.partner.grade"]._for_tier(tier)
            dealers = dealers.filtered(
                lambda d: (
                    not d.grade_id
                    or d.grade_id.dealer_tier not in (False, d.dealer_tier)
                )
            )
            if grade and dealers:
                dealers.write({"grade_id": grade.id})
