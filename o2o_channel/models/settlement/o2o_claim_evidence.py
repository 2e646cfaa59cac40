from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from .o2o_claim import BOOKED_STATES, CLAIM_TYPES


class O2oClaimEvidence(models.Model):
    """What a claim of a type must show before it is paid."""

    _name = "o2o.claim.evidence"
    _description = "Claim Evidence"
    _order = "company_id, type"
    _rec_name = "what"

    company_id = fields.Many2one(
        "res.company", required=True, index=True, default=lambda self: self.env.company
    )
    type = fields.Selection(CLAIM_TYPES, string="Claims of Type", required=True)
    minimum = fields.Integer(
        string="Files", required=True, default=1, help="At least so many files."
    )
    what = fields.Char(
        string="Wanted",
        required=True,
        translate=True,
        help="What has to be seen on them: the parcel with its label, the carrier's report.",
    )

    _type_uniq = models.Constraint(
        "UNIQUE (company_id, type)",
        "This company has a row for this type of claims already: change that one.",
    )
    _minimum_positive = models.Constraint(
        "CHECK (minimum > 0)",
        "Files must be 1 or more. Delete the row if nothing is needed.",
    )


class O2oClaim(models.Model):
    _inherit = "o2o.claim"

    evidence_ids = fields.Many2many(
        "ir.attachment",
        "o2o_claim_evidence_rel",
        "claim_id",
        "attachment_id",
        string="Photos and Papers",
        copy=False,
        ondelete="restrict",
        help="Photos and papers of the claim. The liable parties see them on the portal; "
        "once the claim is open none can be taken away.",
    )
    evidence_wanted = fields.Char(
        compute="_compute_evidence_wanted",
        help="What is missing before the claim may be opened.",
    )
    answer_attachment_ids = fields.Many2many(
        "ir.attachment",
        compute="_compute_answer_attachment_ids",
        string="Sent by the Parties",
    )

    @api.depends("type", "company_id", "evidence_ids")
    def _compute_evidence_wanted(self):
        rules = {
            (rule.company_id, rule.type): rule
            for rule in self.env["o2o.claim.evidence"].search(
                [("company_id", "in", self.company_id.ids)]
            )
        }
        for claim in self:
            rule = rules.get((claim.company_id, claim.type))
            have = len(claim.evidence_ids)
            claim.evidence_wanted = (
                self.env._(
                    "%(what)s (%(have)s of %(minimum)s files)",
                    what=rule.what,
                    have=have,
                    minimum=rule.minimum,
                )
                if rule and have < rule.minimum
                else False
            )

    @api.depends("liability_ids.attachment_ids")
    def _compute_answer_attachment_ids(self):
        for claim in self:
            claim.answer_attachment_ids = claim.liability_ids.attachment_ids

    @api.model_create_multi
    def create(self, vals_list):
        """Override of models: files that were uploaded before the claim was kept are its own."""
        claims = super().create(vals_list)
        claims._own_evidence()
        return claims

    def write(self, vals):
        """Override of models: evidence of an open claim stays."""
        before = {claim: claim.evidence_ids for claim in self}
        result = super().write(vals)
        if "evidence_ids" in vals:
            for claim, files in before.items():
                if claim.state in BOOKED_STATES and files - claim.evidence_ids:
                    raise UserError(
                        self.env._(
                            "Claim %(name)s is open: its evidence can be added to, but "
                            "nothing can be taken away.",
                            name=claim.name,
                        )
                    )
            self._own_evidence()
        return result

    def _own_evidence(self):
        for claim in self:
            # sudo: a file uploaded on a form belongs to nobody yet; its owner put it here
            loose = claim.sudo().evidence_ids.filtered(
                lambda file: (
                    not file.res_id
                    and file.res_model in (False, self._name)
                    and file.create_uid == self.env.user
                )
            )
            loose.write({"res_model": self._name, "res_id": claim.id})

    def action_open(self):
        """Override: not without the evidence that its type needs."""
        self._require_state("draft")
        for claim in self:
            if claim.evidence_wanted:
                raise ValidationError(
                    self.env._(
                        "Claim %(name)s lacks evidence: %(wanted)s. Add it under Evidence.",
                        name=claim.name,
                        wanted=claim.evidence_wanted,
                    )
                )
        return super().action_open()
