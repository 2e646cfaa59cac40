from odoo import models


class O2oDispatch(models.Model):
    _inherit = "o2o.dispatch"

    def _o2o_answer(self):
        """What the API says of a leg."""
        self.ensure_one()
        return {
            "id": self.id,
            "dealer": self.dealer_id.dealer_code or None,
            "store": self.warehouse_id.code or None,
            "state": self.state,
            "lines": [
                {
                    "external_line": part.order_line_id.o2o_external_line or None,
                    "quantity": part.quantity,
                }
                for part in self.line_ids
            ],
        }
