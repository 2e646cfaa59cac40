from odoo import api, fields, models
from odoo.fields import Domain

from ...engine.geo import distance_km, misplaced, point


class StockWarehouse(models.Model):
    """Stores whose data keep them from being routed to, with what to do about it."""

    _inherit = "stock.warehouse"

    o2o_problem = fields.Text(
        string="To Repair",
        compute="_compute_o2o_problem",
        compute_sudo=True,
        help="What keeps orders from this store, and how to put it right.",
    )
    o2o_needs_repair = fields.Boolean(
        string="Needs Repair",
        compute="_compute_o2o_problem",
        compute_sudo=True,
        search="_search_o2o_needs_repair",
    )

    @api.depends(
        "dealer_id.dealer_state",
        "o2o_region_id",
        "partner_id.partner_latitude",
        "partner_id.partner_longitude",
    )
    def _compute_o2o_problem(self):
        covering = self._get_o2o_covering_dealers()
        for store in self:
            problems = store._get_o2o_problems(covering) if store.dealer_id else []
            store.o2o_problem = "\n".join(problems)
            store.o2o_needs_repair = bool(problems)

    @api.model
    def _search_o2o_needs_repair(self, operator, value):
        if operator != "in":
            return NotImplemented
        stores = self.with_context(active_test=False).search(
            [("dealer_id", "!=", False)]
        )
        broken = stores.filtered("o2o_needs_repair")
        domain = Domain("id", "in", broken.ids)
        return domain if True in value else ~domain

    def _get_o2o_covering_dealers(self):
        """Dealers of these stores that have an area today, in one query."""
        today = fields.Date.context_today(self)
        groups = self.env["o2o.coverage"]._read_group(
            [
                ("dealer_id", "in", self.dealer_id.ids),
                ("role", "in", ("sales", "logistics")),
                "|",
                ("date_to", "=", False),
                ("date_to", ">=", today),
            ],
            ["dealer_id"],
        )
        return self.env["res.partner"].union(*(dealer for (dealer,) in groups))

    def _get_o2o_problems(self, covering):
        """Sentences on what is wrong; extend in rooms that know more."""
        self.ensure_one()
        problems = []
        if self.dealer_id not in covering:
            problems.append(
                self.env._(
                    "Dealer %(dealer)s has no area: nothing is routed here until it "
                    "has one under Coverage.",
                    dealer=self.dealer_id.display_name,
                )
            )
        place = self._get_o2o_place()
        if not place:
            problems.append(
                self.env._(
                    "No coordinates: the store counts as the farthest and never meets a "
                    "limit of distance. Enter latitude and longitude."
                )
            )
        elif not self.o2o_region_id:
            problems.append(
                self.env._(
                    "No region: its coordinates can't be checked. Choose the region in "
                    "which the store stands."
                )
            )
        else:
            problems += self._get_o2o_place_problems(place)
        return problems

    def _get_o2o_place(self):
        return point(
            self.partner_id.partner_latitude, self.partner_id.partner_longitude
        )

    def _get_o2o_place_problems(self, place):
        """Coordinates against the middle of the region, or of the next above it."""
        region = self.o2o_region_id
        while region and not point(region.latitude, region.longitude):
            region = region.parent_id
        if not region:
            return []
        expected = point(region.latitude, region.longitude)
        verdict = misplaced(place, expected, region._get_tolerance_km())
        if verdict == "swapped":
            return [
                self.env._(
                    "Latitude %(latitude)s and longitude %(longitude)s changed places: "
                    "swap them.",
                    latitude=place.latitude,
                    longitude=place.longitude,
                )
            ]
        if verdict == "far":
            return [
                self.env._(
                    "Latitude %(latitude)s, longitude %(longitude)s lie %(km)s km from "
                    "%(region)s. Correct the coordinates, or the store's region.",
                    latitude=place.latitude,
                    longitude=place.longitude,
                    km=round(distance_km(place, expected)),
                    region=region.display_name,
                )
            ]
        return []
