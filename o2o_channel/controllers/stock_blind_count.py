from odoo import http
from odoo.exceptions import UserError
from odoo.http import request

from .stock_portal import DECLARATIONS, URL, O2oStockPortal


class O2oBlindCountPortal(O2oStockPortal):
    """A store counts what headquarters asks for, without seeing any figure."""

    def _tasks(self, store):
        return request.env["o2o.stock.audit"]._tasks_of(store)

    def _count_tasks(self, store):
        """Override: how many products wait to be counted."""
        return len(self._tasks(store).product_id) if store else 0

    def _blind_product_ids(self, store):
        """Override: their figures are not shown."""
        return set(self._tasks(store).product_id.ids) if store else set()

    @http.route(
        f"{URL}/<int:store_id>/counts",
        type="http",
        auth="user",
        methods=["GET"],
        website=True,
    )
    def o2o_blind_count(self, store_id, **_kwargs):
        store = self._get_store(store_id)
        by_product = {task.product_id: task for task in self._tasks(store)}
        return self._o2o_render(
            "o2o_channel.portal_blind_count",
            "o2o_stock",
            store=store,
            tasks=[
                {**self._product_values(product), "audit": task.id}
                for product, task in by_product.items()
            ],
        )

    @http.route(
        f"{URL}/<int:store_id>/counts",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def o2o_blind_count_send(self, store_id, **form):
        store = self._get_store(store_id)
        typed = {
            int(name[6:]): self._o2o_text(text, 40).strip()
            for name, text in form.items()
            if name.startswith("count-") and name[6:].isdecimal()
        }
        try:
            with request.env.cr.savepoint():
                one = request.env["o2o.stock.audit"]._answer_tasks(store, typed)
        except UserError as error:
            return self._o2o_redirect(
                f"{URL}/{store.id}/counts", error.args[0], "warning"
            )
        if not one:
            text = request.env._("Nothing was counted. Type a number.")
            return self._o2o_redirect(f"{URL}/{store.id}/counts", text, "warning")
        return self._o2o_redirect(
            f"{DECLARATIONS}/{one.id}", request.env._("Thank you for counting.")
        )
