from decimal import Decimal

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.money import spread

ANSWER_FIELDS = frozenset(["answer", "answered_on", "attachment_ids"])


class O2oClaimLiability(models.Model):
    """One party's part in a claim, and what it has to say about it."""

    _name = "o2o.claim.liability"
    _description = "Claim Liability"
    _order = "claim_id, id"
    _check_company_auto = True

    claim_id = fields.Many2one(
        "o2o.claim", required=True, index=True, ondelete="cascade", check_company=True
    )
    company_id = fields.Many2one(related="claim_id.company_id", store=True, index=True)
    currency_id = fields.Many2one(related="claim_id.currency_id")
    partner_id = fields.Many2one(
        "res.partner",
        string="Party",
        required=True,
        index=True,
        ondelete="restrict",
        help="Dealer, crew, guide; the company itself for what headquarters bears.",
    )
    percent = fields.Float(string="Liability (%)", digits=(16, 2), required=True)
    amount = fields.Monetary(
        compute="_compute_amount",
        help="The parts come to the claim to the cent; the last one takes the rest.",
    )
    reason = fields.Char(help="Why this party; it reads this on the portal.")
    answer = fields.Text(readonly=True, copy=False)
    answered_on = fields.Datetime(readonly=True, copy=False)
    attachment_ids = fields.Many2many(
        "ir.attachment", string="Evidence", readonly=True, copy=False
    )

    _party_uniq = models.Constraint(
        "UNIQUE (claim_id, partner_id)",
        "This party is on the claim already: change its percentage.",
    )
    _percent_range = models.Constraint(
        "CHECK (percent > 0 AND percent <= 100)",
        "A liability must be above 0 and at most 100 %.",
    )

    @api.depends(
        "percent", "claim_id.amount", "claim_id.liability_ids.percent", "currency_id"
    )
    def _compute_amount(self):
        for claim in self.claim_id:
            parts = claim.liability_ids._parts()
            for line in claim.liability_ids:
                line.amount = float(parts.get(line.partner_id, 0))
        for line in self.filtered(lambda line: not line.claim_id):
            line.amount = 0.0

    def _parts(self):
        """Return ``{party: amount}`` of one claim's liabilities; the last takes the rest.

        Of a claim that isn't allocated in full the rest is nobody's yet.
        """
        if not self:
            return {}
        claim = self.claim_id
        unit = Decimal(str(claim.currency_id.rounding or 0.01))
        weights = [Decimal(str(round(line.percent, 2))) for line in self]
        rest = max(Decimal(100) - sum(weights), Decimal(0))
        total = Decimal(str(claim.currency_id.round(claim.amount)))
        amounts = spread(total, [*weights, rest], unit)
        return dict(zip(self.mapped("partner_id"), amounts, strict=False))

    def write(self, vals):
        """Override of models: an answer stays that of the party who gave it, a part in its
        claim."""
        self._check_not_answered_for(vals)
        for line in self:
            if vals.get("claim_id", line.claim_id.id) != line.claim_id.id:
                raise UserError(
                    self.env._(
                        "The part of %(party)s belongs to claim %(name)s and stays there. "
                        "Enter it in the other claim anew.",
                        party=line.partner_id.display_name,
                        name=line.claim_id.name,
                    )
                )
        if "partner_id" in vals:
            answered = self.filtered(
                lambda line: line.answer and line.partner_id.id != vals["partner_id"]
            )
            if answered:
                raise UserError(
                    self.env._(
                        "%(party)s has answered claim %(name)s: delete its line and add "
                        "another one.",
                        party=answered[0].partner_id.display_name,
                        name=answered[0].claim_id.name,
                    )
                )
        return super().write(vals)

    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: who is named after a claim was opened is told as well."""
        for vals in vals_list:
            self._check_not_answered_for(vals)
        new = {} if self.env.su else {"answer": False, "answered_on": False}
        lines = super().create([vals | new for vals in vals_list])
        for claim, own in lines.grouped("claim_id").items():
            if claim.state == "open":
                claim._tell_parties(own)
        return lines

    def _check_not_answered_for(self, vals):
        """Refuse an answer that doesn't come from the party."""
        if not self.env.su and ANSWER_FIELDS & vals.keys():
            raise UserError(
                self.env._(
                    "Answer and Evidence of a liable party come from its portal page and "
                    "can't be entered. Write what you know into the claim's log."
                )
            )

    @api.constrains("partner_id", "percent")
    def _check_claim_open(self):
        self._require_undecided()

    @api.ondelete(at_uninstall=False)
    def _unlink_except_decided(self):
        self._require_undecided()

    def _require_undecided(self):
        for line in self:
            if line.claim_id.state not in ("draft", "open"):
                raise UserError(
                    self.env._(
                        "Claim %(name)s is decided. Reopen it to change who is liable.",
                        name=line.claim_id.name,
                    )
                )

    def _answer(self, text, files=()):
        """Keep the party's answer; ``files`` are ``(name, content)``.

        :raise UserError: the claim is decided or its deadline is over
        """
        self.ensure_one()
        claim = self.claim_id
        today = claim.company_id._o2o_today()
        if claim.state != "open" or (claim.deadline and claim.deadline < today):
            raise UserError(
                self.env._(
                    "Claim %(name)s takes no answers any more: they were due by %(deadline)s.",
                    name=claim.name,
                    deadline=claim.deadline,
                )
            )
        text = (text or "").strip()
        if not text:
            raise ValidationError(self.env._("Write your Answer before you send it."))
        attachments = self.env["ir.attachment"].create(
            [
                {
                    "name": name,
                    "raw": content,
                    "res_model": self._name,
                    "res_id": self.id,
                }
                for name, content in files
            ]
        )
        self.write(
            {
                "answer": text,
                "answered_on": fields.Datetime.now(),
                "attachment_ids": [
                    fields.Command.link(attachment.id) for attachment in attachments
                ],
            }
        )
        claim.message_post(
            body=self.env._(
                "%(party)s answers: %(text)s",
                party=self.partner_id.display_name,
                text=text,
            ),
            subtype_xmlid="mail.mt_note",
        )
