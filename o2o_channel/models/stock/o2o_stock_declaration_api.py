from odoo import api, models
from odoo.fields import Domain

from ...engine.order_check import UNPRINTABLE, moment
from ...engine.table_file import Row
from .exceptions import StoreForbidden
from .o2o_stock_declaration_take import as_utc

ERRORS_SHOWN = 100


class O2oStockDeclaration(models.Model):
    """Declarations that come in and are asked for through the API."""

    _inherit = "o2o.stock.declaration"

    @api.model
    def _store_for_api(self, code):
        """The store of this code that the user may declare for, sudoed.

        An integration user declares for any store of its companies, a dealer's own
        user for the dealer's stores. Empty when there is none of this code; raises
        StoreForbidden when it isn't the user's, without telling whether it exists.
        """
        user = self.env.user
        # sudo: neither reads stores; what may be found is in the domain
        stores = self.env["stock.warehouse"].sudo()
        domain = [
            ("company_id", "in", user.company_ids.ids),
            ("dealer_id", "!=", False),
        ]
        if not user.has_group("o2o_channel.o2o_group_integration"):
            dealer = user.partner_id._o2o_dealer().sudo()
            if dealer.dealer_state not in ("active", "suspended"):
                raise StoreForbidden(
                    self.env._(
                        "User %(user)s declares no stock. Use the API key of an "
                        "integration user or of the dealer's own user.",
                        user=user.login,
                    )
                )
            domain = self.env["res.partner"]._o2o_clerk_domain(dealer, "id")
        if not isinstance(code, str) or UNPRINTABLE.search(code):
            return stores
        return stores.search(Domain(domain) & Domain("code", "=", code), limit=1)

    @api.model
    def _take_payload(self, store, payload):
        """Take a declaration of the shape of ``engine.stock_schema.STOCK``."""
        rows = [
            Row(
                number,
                {
                    "sku": line["sku"],
                    "lot": line.get("lot") or "",
                    "quantity": f"{line['quantity']:f}"
                    if not isinstance(line["quantity"], int)
                    else str(line["quantity"]),
                },
            )
            for number, line in enumerate(payload["lines"], start=1)
        ]
        return self._take(
            store,
            rows,
            "api",
            as_utc(moment(payload["counted_at"])),
            kind=payload.get("kind", "count"),
            reference=payload.get("reference") or None,
        )

    @api.model
    def _find_for_api(self, declaration_id):
        """The declaration of this number, when it is of one of the user's stores."""
        # sudo: neither integration users nor dealers read declarations
        one = self.sudo().search([("id", "=", declaration_id)])
        store = one and self._store_for_api(one.warehouse_id.code)
        return one if store and store == one.warehouse_id else one[:0]

    def _answer(self):
        """The declaration as the API tells it."""
        self.ensure_one()
        refused = self.env["o2o.stock.declaration.line"].search(
            [("declaration_id", "=", self.id), ("outcome", "=", "refused")],
            limit=ERRORS_SHOWN,
        )
        return {
            "declaration": self.id,
            "store": self.warehouse_id.code,
            "state": self.state,
            "lines": self.row_total,
            "applied": self.applied_count,
            "unchanged": self.unchanged_count,
            "outdated": self.outdated_count,
            "refused": self.refused_count,
            "errors": [line._as_error() for line in refused],
        }
