from psycopg2 import IntegrityError
from werkzeug.exceptions import NotFound

from odoo import http
from odoo.exceptions import LockError, UserError
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from .network_application_form import LIMITS, ApplicationForm
from .network_portal import O2oPortal

URL = "/my/o2o/authorizations"
PAGE_SIZE = 20
EDITABLE_STATES = ("draft", "refused")


class O2oAuthorizationPortal(O2oPortal):
    """A dealer applies for online shops and follows its applications."""

    def _o2o_own_authorization(self, authorization_id):
        """The authorisation, sudoed, if it is the user's own dealer's; else 404."""
        dealer = self._o2o_dealer_or_404()
        # sudo: searched by the user's own dealer
        found = (
            request.env["o2o.online.authorization"]
            .sudo()
            .search([("id", "=", authorization_id), ("dealer_id", "=", dealer.id)])
        )
        if not found:
            raise NotFound()
        return found

    @http.route([URL, f"{URL}/page/<int:page>"], type="http", auth="user", website=True)
    def o2o_authorizations(self, page=1, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        # sudo: searched by the user's own dealer
        model = request.env["o2o.online.authorization"].sudo()
        domain = [("dealer_id", "=", dealer.id)]
        pager = portal_pager(
            url=URL, total=model.search_count(domain), page=page, step=PAGE_SIZE
        )
        records = model.search(
            domain, order="id desc", limit=PAGE_SIZE, offset=pager["offset"]
        )
        return self._o2o_render(
            "o2o_channel.portal_authorizations",
            "o2o_authorizations",
            authorizations=records,
            pager=pager,
        )

    @http.route(f"{URL}/new", type="http", auth="user", website=True)
    def o2o_authorization_new(self, again=None, **_kwargs):
        """An empty form, or that of an earlier authorisation to apply again."""
        self._o2o_dealer_or_404()
        values = {}
        if again and again.isdecimal():
            values = self._o2o_form_values(self._o2o_own_authorization(int(again)))
            values.update(date_from="", date_to="")
        return self._o2o_form(values)

    @http.route(
        f"{URL}/create", type="http", auth="user", website=True, methods=["POST"]
    )
    def o2o_authorization_create(self, **_kwargs):
        dealer = self._o2o_dealer_or_404()
        form = ApplicationForm(request.env, request.httprequest.form)

        def save():
            # sudo: dealers have no rights on the model; the form has checked values
            model = request.env["o2o.online.authorization"].sudo()
            company = dealer.company_id or request.env.company
            return model.create(
                {**form.vals, "dealer_id": dealer.id, "company_id": company.id}
            )

        return self._o2o_submit(form, save)

    @http.route(f"{URL}/<int:authorization_id>", type="http", auth="user", website=True)
    def o2o_authorization(self, authorization_id, **_kwargs):
        return self._o2o_render(
            "o2o_channel.portal_authorization",
            "o2o_authorizations",
            authorization=self._o2o_own_authorization(authorization_id),
        )

    @http.route(
        f"{URL}/<int:authorization_id>/edit", type="http", auth="user", website=True
    )
    def o2o_authorization_edit(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        if record.state not in EDITABLE_STATES:
            return self._o2o_moved_on(record)
        return self._o2o_form(self._o2o_form_values(record), record)

    @http.route(
        f"{URL}/<int:authorization_id>/save",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_authorization_save(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        if record.state not in EDITABLE_STATES:
            return self._o2o_moved_on(record)
        form = ApplicationForm(request.env, request.httprequest.form)

        def save():
            record.write(form.vals)
            return record

        return self._o2o_submit(form, save, record)

    @http.route(
        f"{URL}/<int:authorization_id>/withdraw",
        type="http",
        auth="user",
        website=True,
        methods=["POST"],
    )
    def o2o_authorization_withdraw(self, authorization_id, **_kwargs):
        record = self._o2o_own_authorization(authorization_id)
        try:
            record.lock_for_update(allow_referencing=True)
            record.action_withdraw()
        except (LockError, UserError):
            return self._o2o_moved_on(record)
        return self._o2o_redirect(
            f"{URL}/{record.id}", request.env._("The application is withdrawn.")
        )

    def _o2o_submit(self, form, save, record=None):
        """Save and submit; show the form with its errors if either is refused."""
        if not form.errors:
            try:
                with request.env.cr.savepoint():
                    saved = save()
                    saved.action_submit()
                return self._o2o_redirect(
                    f"{URL}/{saved.id}", request.env._("We have your application.")
                )
            except UserError as refused:
                form.errors["form"] = str(refused)
            except IntegrityError:
                form.errors["form"] = request.env._(
                    "This shop's application has reached us already: see the list."
                )
        values = dict(form.post.items())
        values["categ_ids"] = form.vals["categ_ids"][0][2]
        return self._o2o_form(values, record, form.errors)

    def _o2o_moved_on(self, record):
        return self._o2o_redirect(
            f"{URL}/{record.id}",
            request.env._("This has changed in the meantime. Here is how it stands."),
            "warning",
        )

    def _o2o_form_values(self, record):
        return {
            "platform": record.platform,
            "shop_ref": record.shop_ref,
            "shop_url": record.shop_url or "",
            "categ_ids": record.categ_ids.ids,
            "product_codes": " ".join(
                code for code in record.product_ids.mapped("default_code") if code
            ),
            "price_min": f"{record.price_min:.2f}" if record.price_min else "",
            "price_max": f"{record.price_max:.2f}" if record.price_max else "",
            "date_from": str(record.date_from),
            "date_to": str(record.date_to),
            "note": record.note or "",
        }

    def _o2o_form(self, values, record=None, errors=None):
        # sudo: names of product lines to choose from
        categories = request.env["product.category"].sudo().search([], limit=200)
        model = request.env["o2o.online.authorization"]
        return self._o2o_render(
            "o2o_channel.portal_authorization_form",
            "o2o_authorizations",
            authorization=record,
            values=values,
            errors=errors or {},
            categories=categories,
            platforms=model._fields["platform"]._description_selection(request.env),
            limits=LIMITS,
        )
