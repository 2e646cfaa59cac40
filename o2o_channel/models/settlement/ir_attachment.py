from odoo import api, models
from odoo.exceptions import UserError

from .o2o_claim import BOOKED_STATES

# What makes a file the file it is; access tokens and descriptions may change.
FILE_FIELDS = frozenset(
    "datas raw db_datas store_fname url type name res_model res_id res_field".split()
)


class IrAttachment(models.Model):
    """Evidence of a claim that is open or decided stays the file it was."""

    _inherit = "ir.attachment"

    def write(self, vals):
        """Override of base: nobody puts another file in the place of evidence."""
        if FILE_FIELDS & vals.keys():
            self._o2o_check_no_evidence()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_evidence(self):
        self._o2o_check_no_evidence()

    def _o2o_check_no_evidence(self):
        """Raise for the first of these files that belongs to an open or decided claim."""
        # sudo: only compared; who may write the file may not see the claim
        own = self.sudo().filtered(lambda file: file.res_id and file.res_model)
        claims = self._o2o_claims_of(own, "o2o.claim", "evidence_ids")
        parts = self._o2o_claims_of(own, "o2o.claim.liability", "attachment_ids")
        for claim in claims | parts.claim_id:
            if claim.state in BOOKED_STATES:
                raise UserError(
                    self.env._(
                        "%(files)s: evidence of claim %(claim)s stays as it is. Add another "
                        "file to the claim instead.",
                        files=", ".join(own.mapped("name")),
                        claim=claim.name,
                    )
                )

    def _o2o_claims_of(self, files, model, name):
        """Return the records of ``model`` that have some of its ``files`` as evidence."""
        own = files.filtered(lambda file: file.res_model == model)
        records = self.env[model].sudo()
        return records.search([(name, "in", own.ids)]) if own else records
