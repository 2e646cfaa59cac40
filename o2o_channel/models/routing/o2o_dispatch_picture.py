from odoo import api, fields, models

from ..network.tools import CHANNEL_STAFF

SHOWN = 60  # stores in a picture; the table has all


class O2oDispatch(models.Model):
    """What the picture of a routing decision shows; drawn by the browser."""

    _inherit = "o2o.dispatch"

    route_picture = fields.Json(compute="_compute_route_picture", groups=CHANNEL_STAFF)

    @api.depends("candidate_ids", "warehouse_id", "decision_id")
    @api.depends_context("lang")
    def _compute_route_picture(self):
        for leg in self:
            leg.route_picture = leg._get_route_picture()

    def _get_route_picture(self):
        """The legs with their stores, places and parts of the score, as JSON."""
        labels = self.env["o2o.dispatch.candidate"]._get_part_labels()
        pictures = [leg._get_leg_picture() for leg in self if leg.candidate_ids]
        return {"labels": labels, "legs": pictures}

    def _get_leg_picture(self):
        customer, places = self._get_places()
        rows = self.candidate_ids.sorted(
            lambda row: (
                row.warehouse_id != self.warehouse_id,
                not row.eligible,
                row.rank,
                not row.distance_known,
                row.distance_km,
            )
        )
        return {
            "name": self.name,
            "customer": customer,
            "stores": [self._get_store_picture(row, places) for row in rows[:SHOWN]],
            "omitted": max(0, len(rows) - SHOWN),
        }

    def _get_store_picture(self, row, places):
        store = row.warehouse_id
        return {
            "id": store.id,
            "name": store.name,
            "dealer": row.dealer_id.name,
            "rank": row.rank if row.eligible else 0,
            "asked": store == self.warehouse_id,
            "score": round(row.score, 4),
            "parts": row._get_score_parts(),
            "km": row.distance_km if row.distance_known else None,
            "place": places.get(store.id),
            "reason": row.reason,
        }

    def _get_places(self):
        """Where customer and stores were: from the decision when it has its inputs,
        else where the stores are today."""
        decision = self.decision_id
        if decision.has_inputs:
            request, nodes, _rule = decision._load()
            places = {node.key: _pair(node.place) for node in nodes}
            return _pair(request.place), places
        stores = self.candidate_ids.warehouse_id
        places = {
            store.id: (store.o2o_latitude, store.o2o_longitude)
            for store in stores
            if store.o2o_latitude or store.o2o_longitude
        }
        return None, places


def _pair(place):
    return (place.latitude, place.longitude) if place else None
