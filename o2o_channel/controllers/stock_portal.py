import secrets
from datetime import datetime, timedelta, timezone

from werkzeug.exceptions import NotFound

from odoo import fields, http
from odoo.exceptions import UserError
from odoo.fields import Domain
from odoo.http import request

from odoo.addons.portal.controllers.portal import pager as portal_pager

from ..engine import stock_file, table_file
from ..engine.stock_file import without_tail
from ..engine.table_file import Row
from ..models.stock.exceptions import DeclarationConflict
from .stock_stores import O2oStoresPortal

URL = "/my/o2o/stock"
DECLARATIONS = f"{URL}/declarations"
PAGE_SIZE = 40
LONGEST_COUNT = 12 * 60 * 60  # seconds; a figure that is older was counted another day
FORM_LIMIT = table_file.MAX_BYTES + 2**20  # bytes; the file and the rest of the form
KINDS = ("count", "sold")


class O2oStockPortal(O2oStoresPortal):
    """A dealer's people tell what lies in their stores."""

    def _get_stores(self):
        # sudo: dealers have no rights on stores; these are the dealer's own
        return (
            request.env["stock.warehouse"]
            .sudo()
            .search(self._o2o_stores_domain(), order="code")
        )

    def _get_store(self, store_id):
        """The dealer's own store, sudoed; anybody else's does not exist."""
        store = self._get_stores().filtered(lambda one: one.id == store_id)
        if not store:
            raise NotFound()
        return store

    # What is known

    @http.route(
        [URL, f"{URL}/<int:store_id>", f"{URL}/<int:store_id>/page/<int:page>"],
        type="http",
        auth="user",
        website=True,
    )
    def o2o_stock(self, store_id=None, page=1, search="", counted=None, **_kwargs):
        stores = self._get_stores()
        store = self._get_store(store_id) if store_id else stores[:1]
        search = self._o2o_text(search, 64)
        products = store and self._search_products(store, search)
        pager = portal_pager(
            url=f"{URL}/{store.id}",
            total=len(products or ()),
            page=page,
            step=PAGE_SIZE,
            url_args={"search": search} if search else {},
        )
        shown = (products or request.env["product.product"])[pager["offset"] :]
        return self._o2o_render(
            "o2o_channel.portal_stock",
            "o2o_stock",
            stores=stores,
            store=store,
            search=search,
            rows=self._product_rows(store, shown[:PAGE_SIZE]),
            pager=pager,
            counted=store.id if counted else False,
            tasks=self._count_tasks(store),
            token=secrets.token_urlsafe(12),
            last_feed=self._moment(store, store.o2o_last_feed) if store else "",
        )

    def _search_products(self, store, search):
        """Products of the store's pool; with a search, of the whole range."""
        # sudo: the range of products is no secret from dealers, its rights are
        model = request.env["product.product"].sudo().with_company(store.company_id)
        domain = Domain(model._check_company_domain(store.company_id)) & Domain(
            "is_storable", "=", True
        )
        if search:
            names = ("name", "default_code", "barcode")
            domain &= Domain.OR([Domain(name, "ilike", search) for name in names])
        else:
            domain &= Domain("id", "in", self._known_product_ids(store))
        return model.search(domain, order="default_code, id")

    def _known_product_ids(self, store):
        pool = store.o2o_location_id
        quants = store.env["stock.quant"]._read_group(
            [("location_id", "child_of", pool.id)], ["product_id"]
        )
        declared = store.env["o2o.stock.declaration.line"]._read_group(
            [("warehouse_id", "=", store.id), ("product_id", "!=", False)],
            ["product_id"],
        )
        return [product.id for [product] in (*quants, *declared)]

    def _product_rows(self, store, products):
        """What the page shows of products; no figures where a blind count is due."""
        figures = store._o2o_stock_figures(products) if store and products else {}
        blind = self._blind_product_ids(store)
        return [
            {
                **self._product_values(product),
                "blind": product.id in blind,
                **self._figure_values(figures[store.id, product.id]),
            }
            for product in products
        ]

    def _figure_values(self, figure):
        return {
            "declared": without_tail(figure.declared),
            "reserved": without_tail(figure.reserved),
            "promised": without_tail(figure.available),
        }

    def _product_values(self, product):
        return {
            "id": product.id,
            "name": product.with_context(display_default_code=False).display_name,
            "sku": product.default_code or product.barcode or "",
            "unit": product.uom_id.name,
            "tracked": product.tracking != "none",
        }

    def _count_tasks(self, store):
        """How many products headquarters asks to count; see the blind count."""
        return 0

    def _blind_product_ids(self, store):
        return set()

    def _moment(self, store, moment):
        if not moment:
            return ""
        zone = store.company_id._o2o_timezone()
        local = moment.replace(tzinfo=timezone.utc).astimezone(zone)
        return f"{local:%Y-%m-%d %H:%M}"

    @http.route(f"{URL}/<int:store_id>/find", type="jsonrpc", auth="user")
    def o2o_stock_find(self, store_id, code):
        """The product of a code that was scanned or typed."""
        store = self._get_store(store_id)
        code = self._o2o_text(str(code), stock_file.LONGEST_SKU).strip()
        # sudo: see _search_products
        model = request.env["o2o.stock.declaration"].sudo().new({})
        model.warehouse_id = store
        said = stock_file.Said(1, sku=code)
        found = model._check_one(said, model._find_products({code}))
        if found.problem and found.problem.code != "lot_missing":
            return {"problem": model._problem_text(found.problem)}
        product = model.env["product.product"].browse(found.product)
        return {"product": self._product_values(product)}

    # What is declared

    @http.route(
        f"{URL}/<int:store_id>/declare",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_stock_declare(self, store_id, **form):
        """Take what was typed and scanned; a second click finds the first one's."""
        store = self._get_store(store_id)
        rows = self._form_rows(store, form)
        if not rows:
            text = request.env._("Nothing was counted. Type a number or scan a code.")
            return self._o2o_redirect(f"{URL}/{store.id}", text, "warning")
        kind = form.get("kind")
        if kind == "asked":
            return self._note_demand(store, rows, form)
        try:
            with request.env.cr.savepoint():
                one, _is_new = request.env["o2o.stock.declaration"]._take(
                    store,
                    rows,
                    "scan" if form.get("source") == "scan" else "guide",
                    kind=kind if kind in KINDS else "count",
                    reference=self._o2o_text(form.get("token"), 40) or None,
                    now=True,
                )
        except DeclarationConflict:
            text = request.env._("This count was sent before. Look at it below.")
            return self._o2o_redirect(DECLARATIONS, text, "info")
        except UserError as error:
            return self._o2o_redirect(f"{URL}/{store.id}", error.args[0], "warning")
        return self._o2o_redirect(
            f"{DECLARATIONS}/{one.id}?counted={store.id}",
            request.env._("Thank you. Your stock is declared."),
        )

    def _note_demand(self, store, rows, form):
        """Customers asked for products that were not there."""
        products = request.env["product.product"].sudo()
        wanted, now = {}, fields.Datetime.now()
        for row in rows:
            said = stock_file.read_row(row, now, timezone.utc, now)
            if said.problem or not said.quantity:
                text = request.env._(
                    '%(product)s: "%(value)s" is no number above 0.',
                    product=said.sku,
                    value=said.quantity_text,
                )
                return self._o2o_redirect(f"{URL}/{store.id}", text, "warning")
            wanted[products.browse(said.product)] = float(said.quantity)
        request.env["o2o.stock.request"]._record(
            store, wanted, "store", self._o2o_text(form.get("token"), 40) or None
        )
        return self._o2o_redirect(
            f"{URL}/{store.id}?counted={store.id}",
            request.env._("Thank you. Headquarters sees what your customers miss."),
        )

    def _form_rows(self, store, form):
        """Rows of the quantities in the form, each counted so many seconds ago."""
        typed = {
            int(name[9:]): self._o2o_text(text, 40).strip()
            for name, text in form.items()
            if name.startswith("quantity-") and name[9:].isdecimal() and len(name) < 19
        }
        products = self._search_products_of(store, [k for k, t in typed.items() if t])
        now = datetime.now(timezone.utc)
        return [
            Row(
                number,
                {
                    "product": product.id,
                    "sku": product.default_code or product.barcode or "",
                    "quantity": typed[product.id],
                    "counted_at": self._counted_at(form.get(f"age-{product.id}"), now),
                },
            )
            for number, product in enumerate(products, start=1)
        ]

    def _search_products_of(self, store, ids):
        # sudo: see _search_products
        model = request.env["product.product"].sudo()
        return model.search(
            [*model._check_company_domain(store.company_id), ("id", "in", ids)],
            order="id",
        )

    def _counted_at(self, age, now):
        seconds = min(int(age), LONGEST_COUNT) if (age or "").isdecimal() else 0
        return (now - timedelta(seconds=seconds)).replace(microsecond=0).isoformat()

    @http.route(
        f"{URL}/<int:store_id>/upload",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
        max_content_length=FORM_LIMIT,
    )
    def o2o_stock_upload(self, store_id, file=None, counted_at="", kind="count", **_kw):
        """Take a file; many rows go on in the background."""
        store = self._get_store(store_id)
        content = file.read(table_file.MAX_BYTES + 1) if file else b""
        try:
            with request.env.cr.savepoint():
                one, is_new = request.env["o2o.stock.declaration"]._take_file(
                    store,
                    self._o2o_text(file.filename if file else "", 100),
                    content,
                    self._local_moment(store, counted_at),
                    kind=kind if kind in KINDS else "count",
                )
        except UserError as error:
            return self._o2o_redirect(f"{URL}/{store.id}", error.args[0], "warning")
        text = request.env._("Your file was taken.")
        if not is_new:
            text = request.env._(
                "This file was declared before; nothing was changed. If the stock was "
                "counted anew, give the time of the count."
            )
        level = "success" if is_new else "info"
        return self._o2o_redirect(f"{DECLARATIONS}/{one.id}", text, level)

    def _local_moment(self, store, text):
        """The moment that a form names, in UTC; None when it names none."""
        text = self._o2o_text(text, 40).strip()
        if not text:
            return None
        zone = store.company_id._o2o_timezone()
        try:
            local = datetime.fromisoformat(text)
            return (
                local.replace(tzinfo=zone).astimezone(timezone.utc).replace(tzinfo=None)
            )
        except (ValueError, OverflowError):
            raise UserError(
                request.env._(
                    '"%(value)s" is no date and time. Leave the time of the count empty '
                    "if it was just now.",
                    value=text,
                )
            ) from None
