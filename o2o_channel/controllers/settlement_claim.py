from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import UserError, ValidationError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .settlement_payee import O2oPayeePortal

URL = "/my/o2o/claims"
CLAIMS_PER_PAGE = 20
ANSWER_LENGTH = 2000
PHOTO_TYPES = {
    b"\xff\xd8\xff": "jpg",
    b"\x89PNG\r\n\x1a\n": "png",
}
PHOTO_BYTES = 8 * 2**20
PHOTO_COUNT = 5


class O2oClaimPortal(O2oPayeePortal):
    """A payee sees the claims it is to bear a part of, its part only, and answers."""

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_claims(self, page=1, **_kwargs):
        liabilities, domain = self._o2o_own_liabilities()
        pager = portal_pager(
            URL, liabilities.search_count(domain), page, step=CLAIMS_PER_PAGE
        )
        found = liabilities.search(
            domain, limit=CLAIMS_PER_PAGE, offset=pager["offset"], order="id desc"
        )
        return self._o2o_render_payee(
            "o2o_channel.portal_claims",
            "o2o_claims",
            pager=pager,
            claims=[self._o2o_claim_values(liability) for liability in found],
        )

    @http.route(
        f"{URL}/<int:liability_id>",
        type="http",
        auth="user",
        methods=["GET", "POST"],
        website=True,
    )
    def o2o_claim(self, liability_id, **form):
        liability = self._o2o_liability_or_404(liability_id)
        error = None
        if request.httprequest.method == "POST":
            try:
                with request.env.cr.savepoint():
                    photos = self._o2o_claim_photos()
                    text = (form.get("answer") or "").strip()[:ANSWER_LENGTH]
                    liability._answer(text, photos)
            except (UserError, ValidationError) as refused:
                error = str(refused)
            else:
                return self._o2o_redirect(
                    f"{URL}/{liability.id}",
                    request.env._("Thank you, headquarters has your answer."),
                )
        return self._o2o_render_payee(
            "o2o_channel.portal_claim",
            "o2o_claims",
            claim=self._o2o_claim_values(liability),
            answer=form.get("answer") or liability.answer or "",
            error=error,
        )

    @http.route(
        f"{URL}/<int:liability_id>/files/<int:number>",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def o2o_claim_file(self, liability_id, number):
        """One file of the claim or of the own answer, by its place on the page."""
        files = self._o2o_claim_files(self._o2o_liability_or_404(liability_id))
        if not 0 < number <= len(files):
            raise NotFound()
        file = files[number - 1]
        stream = request.env["ir.binary"]._get_stream_from(file)
        shown = file.mimetype in ("image/jpeg", "image/png", "application/pdf")
        return stream.get_response(as_attachment=not shown)

    def _o2o_claim_files(self, liability):
        """Return what the party may see: headquarters' evidence and what it sent itself."""
        return liability.claim_id.evidence_ids.sorted(
            "id"
        ) + liability.attachment_ids.sorted("id")

    def _o2o_own_liabilities(self):
        """Return the sudoed model and the domain of what the payee who looks may see."""
        payees = self._o2o_payees_or_404()
        # sudo: payees have no rights on claims; the domain keeps to the own parts
        return request.env["o2o.claim.liability"].sudo(), [
            ("partner_id", "in", payees.ids),
            ("claim_id.state", "not in", ("draft", "cancelled")),
        ]

    def _o2o_liability_or_404(self, liability_id):
        liabilities, domain = self._o2o_own_liabilities()
        if liability_id >= 2**31:
            raise NotFound()
        liability = liabilities.search([("id", "=", liability_id), *domain])
        if not liability:
            raise NotFound()
        return liability

    def _o2o_claim_values(self, liability):
        claim = liability.claim_id
        today = claim.company_id._o2o_today()
        states = dict(claim._fields["state"]._description_selection(request.env))
        files = self._o2o_claim_files(liability)
        types = dict(claim._fields["type"]._description_selection(request.env))
        return {
            "name": claim.name,
            "url": f"{URL}/{liability.id}",
            "type": types[claim.type],
            "state": claim.state,
            "state_label": states[claim.state],
            "order": claim.order_id.name,
            "date": claim.date,
            "deadline": claim.deadline,
            "description": claim.description,
            "percent": liability.percent,
            "amount": liability.amount,
            "currency": claim.currency_id,
            "reason": liability.reason or "",
            "answered_on": liability.answered_on,
            "files": [
                {
                    "url": f"{URL}/{liability.id}/files/{number}",
                    "image": file.mimetype in ("image/jpeg", "image/png"),
                    "own": file in liability.attachment_ids,
                }
                for number, file in enumerate(files, start=1)
            ],
            "may_answer": claim.state == "open"
            and (not claim.deadline or claim.deadline >= today),
        }

    def _o2o_claim_photos(self):
        """Return ``[(name, content)]`` of the photos sent along; anything else is refused."""
        photos = []
        for upload in request.httprequest.files.getlist("photos"):
            content = upload.read(PHOTO_BYTES + 1)
            if not content:
                continue
            extension = next(
                (e for head, e in PHOTO_TYPES.items() if content.startswith(head)), None
            )
            if not extension or len(content) > PHOTO_BYTES:
                raise UserError(
                    request.env._(
                        "%(file)s can't be taken: send photos (JPG or PNG) of at most "
                        "%(size)s MB each.",
                        file=self._o2o_text(upload.filename, 60),
                        size=PHOTO_BYTES // 2**20,
                    )
                )
            photos.append((f"photo-{len(photos) + 1}.{extension}", content))
        if len(photos) > PHOTO_COUNT:
            raise UserError(
                request.env._("Send at most %(count)s photos.", count=PHOTO_COUNT)
            )
        return photos
