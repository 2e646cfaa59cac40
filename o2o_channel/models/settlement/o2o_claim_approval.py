from odoo import api, fields, models
from odoo.exceptions import AccessError, UserError
from odoo.tools import float_compare, format_amount

APPROVAL_FIELDS = frozenset(
    "approved_by_id approved_on approved_amount approved_own_percent"
    " approved_provision amount_user_id provision_user_id".split()
)


class O2oClaim(models.Model):
    """Large claims, and what headquarters is to bear itself, need a second person.

    A claim above the company's limit is approved before its cost is booked; a part of
    headquarters' own before the parties are charged, and all of it before it is provided for.
    An approval holds for what was seen: it lapses when the amount or headquarters' part grows,
    or the provision has another reason.
    """

    _inherit = "o2o.claim"

    own_percent = fields.Float(
        string="Borne by Headquarters (%)", compute="_compute_own_percent"
    )
    approval_state = fields.Selection(
        [("none", "Not Needed"), ("needed", "To Approve"), ("given", "Approved")],
        string="Approval",
        compute="_compute_approval_state",
        store=True,
        help="A second person approves claims above the company's limit before they are "
        "opened, what headquarters bears itself before the parties are charged, and a "
        "provision before it is booked.",
    )
    approved_by_id = fields.Many2one(
        "res.users", readonly=True, copy=False, tracking=True
    )
    approved_on = fields.Datetime(readonly=True, copy=False)
    approved_amount = fields.Monetary(readonly=True, copy=False)
    approved_own_percent = fields.Float(
        string="Approved for Headquarters (%)", readonly=True, copy=False
    )
    approved_provision = fields.Char(
        string="Approved Provision Reason", readonly=True, copy=False
    )

    amount_user_id = fields.Many2one(
        "res.users",
        string="Amount Changed By",
        readonly=True,
        copy=False,
        help="Who changed the amount last; somebody else approves it.",
    )
    provision_user_id = fields.Many2one(
        "res.users",
        string="Provision Asked By",
        readonly=True,
        copy=False,
        help="Who gave the reason of the provision last; somebody else approves it.",
    )

    @api.depends("liability_ids.percent", "liability_ids.partner_id", "company_id")
    def _compute_own_percent(self):
        for claim in self:
            own = claim.company_id.partner_id
            claim.own_percent = sum(
                part.percent for part in claim.liability_ids if part.partner_id == own
            )

    @api.depends(
        "state",
        "amount",
        "liability_ids.percent",
        "liability_ids.partner_id",
        "approved_by_id",
        "approved_amount",
        "approved_own_percent",
        "approved_provision",
        "provided",
        "provision_reason",
        "company_id.o2o_claim_limit",
        "company_id.o2o_claim_approve_own",
    )
    def _compute_approval_state(self):
        for claim in self:
            if claim.state in ("closed", "cancelled"):
                claim.approval_state = claim.approval_state or "none"
            elif not (
                claim._is_above_limit()
                or claim._is_own_to_approve()
                or claim._is_provision_to_approve()
            ):
                claim.approval_state = "none"
            else:
                given = (
                    claim._is_amount_approved()
                    and claim._is_own_approved()
                    and claim._is_provision_approved()
                )
                claim.approval_state = "given" if given else "needed"

    # === What is needed, what was given ===
    def _is_above_limit(self):
        limit = self.company_id.o2o_claim_limit
        return bool(limit) and (
            self.currency_id.compare_amounts(self.amount or 0.0, limit) > 0
        )

    def _is_own_to_approve(self):
        return self.company_id.o2o_claim_approve_own and self.own_percent > 0

    def _is_provision_to_approve(self):
        """Headquarters bears all of it for now, as soon as it is booked."""
        return (
            self.company_id.o2o_claim_approve_own
            and self.state in ("open", "allocated")
            and not self.provided
            and bool((self.provision_reason or "").strip())
        )

    def _is_provision_approved(self):
        return not self._is_provision_to_approve() or (
            self._is_amount_seen() and self.approved_provision == self.provision_reason
        )

    def _is_amount_approved(self):
        return not self._is_above_limit() or self._is_amount_seen()

    def _is_own_approved(self):
        return not self._is_own_to_approve() or (
            self._is_amount_seen()
            and float_compare(self.own_percent, self.approved_own_percent, 2) <= 0
        )

    def _is_amount_seen(self):
        return bool(self.approved_by_id) and (
            self.currency_id.compare_amounts(self.amount, self.approved_amount) <= 0
        )

    def _makers(self):
        """Return who entered the claim or its parties, with whom nobody approves it."""
        # sudo: the users behind portal answers can't be read by everybody
        claim = self.sudo()
        parts = claim.liability_ids
        return (
            claim.create_uid
            | claim.amount_user_id
            | claim.provision_user_id
            | parts.create_uid
            | parts.write_uid
        )

    # === Guards ===
    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: nothing is approved from the start."""
        new = dict.fromkeys(APPROVAL_FIELDS, False)
        return super().create([vals | new for vals in vals_list])

    def write(self, vals):
        """Override of models: approving alone writes who approved what."""
        fixed = vals.keys() & {*APPROVAL_FIELDS, "approval_state"}
        if fixed and self:
            self._require_internal(fixed)
        if "amount" in vals:
            vals = vals | {"amount_user_id": self.env.uid}
        if "provision_reason" in vals:
            vals = vals | {"provision_user_id": self.env.uid}
        return super().write(vals)

    # === Steps ===
    def action_ask_approval(self):
        """Put the claims before somebody who may approve them."""
        self.check_access("write")
        group = self.env.ref("o2o_channel.o2o_group_approver")
        for claim in self:
            # sudo: who handles claims needn't be allowed to see users
            users = group.sudo().all_user_ids.filtered(
                lambda user, c=claim: (
                    c.company_id in user.company_ids and user not in c._makers()
                )
            )
            if not users:
                raise UserError(
                    self.env._(
                        "Claim %(name)s: nobody may approve it but who entered it. Give a "
                        "second user the role Approver in company %(company)s.",
                        name=claim.name,
                        company=claim.company_id.name,
                    )
                )
            claim.activity_schedule(
                "mail.mail_activity_data_todo",
                user_id=users[0].id,
                summary=self.env._("Approve claim"),
                note=claim._approval_question(),
            )
        return True

    def _approval_question(self):
        self.ensure_one()
        amount = format_amount(self.env, self.amount, self.currency_id)
        text = self.env._(
            "%(amount)s on order %(order)s, of which headquarters bears %(percent).2f %%.",
            amount=amount,
            order=self.order_id.name,
            percent=self.own_percent,
        )
        if not self._is_provision_to_approve():
            return text
        return (
            text
            + " "
            + self.env._(
                "Until it is decided headquarters bears all of it: %(reason)s.",
                reason=self.provision_reason.strip().rstrip("."),
            )
        )

    def action_approve(self):
        """Approve the amount, headquarters' part and the provision as they stand now."""
        self.check_access("read")
        if not self.env.user.has_group("o2o_channel.o2o_group_approver"):
            raise AccessError(
                self.env._("Only an approver of the channel approves claims.")
            )
        self._lock()
        for claim in self:
            if claim.approval_state != "needed":
                raise UserError(
                    self.env._("Claim %(name)s needs no approval now.", name=claim.name)
                )
            if self.env.user in claim._makers():
                raise UserError(
                    self.env._(
                        "You entered claim %(name)s or who is liable: another approver "
                        "decides on it.",
                        name=claim.name,
                    )
                )
            # sudo: approvers may only read claims; that they are one is checked above
            claim.sudo()._set(
                approved_by_id=self.env.uid,
                approved_on=fields.Datetime.now(),
                approved_amount=claim.amount,
                approved_own_percent=claim.own_percent,
                approved_provision=claim.provision_reason,
            )
            claim.sudo().message_post(
                body=self.env._(
                    "Approved by %(user)s: %(what)s",
                    user=self.env.user.name,
                    what=claim._approval_question(),
                )
            )
            claim.sudo().activity_ids.filtered(
                lambda activity: activity.user_id == self.env.user
            ).action_feedback()
        return True

    def action_open(self):
        """Override: not above the limit without a second person."""
        self._require_state("draft")
        self._require_approved("_is_amount_approved")
        return super().action_open()

    def action_provide(self):
        """Override: headquarters bears nothing for now either without a second person."""
        self._require_state("open", "allocated")
        self._require_approved("_is_provision_approved")
        return super().action_provide()

    def action_close(self):
        """Override: nothing of headquarters' own without a second person."""
        self._require_state("allocated")
        self._require_approved("_is_own_approved")
        return super().action_close()

    def _require_approved(self, check):
        for claim in self:
            if not getattr(claim, check)():
                raise UserError(
                    self.env._(
                        "Claim %(name)s needs a second person: %(what)s Press Ask for "
                        "Approval.",
                        name=claim.name,
                        what=claim._approval_question(),
                    )
                )
