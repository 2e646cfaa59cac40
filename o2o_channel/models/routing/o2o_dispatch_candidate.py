import json

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, LazyTranslate

_lt = LazyTranslate(__name__)

# Texts of the engine's reasons (engine.routing.REASONS) in the reader's language.
TEXTS = {
    "eligible": _lt("Can serve it: %(available)s of %(needed)s on hand"),
    "inactive": _lt("The dealer is %(state)s"),
    "not_chosen": _lt("The customer collects in another store"),
    "no_feed": _lt(
        "The store reports no stock, so nothing is promised from it automatically"
    ),
    "rejected": _lt("Has already turned this down or let it expire"),
    "not_covered": _lt("The dealer does not cover the region"),
    "not_authorised": _lt("The dealer covers the region, but not for these goods"),
    "outranked": _lt("A dealer with a narrower or an exclusive area goes first here"),
    "full": _lt("Has its %(limit_orders)s orders of today"),
    "unknown_distance": _lt(
        "The distance is unknown and the rule has a limit of %(limit)s km"
    ),
    "too_far": _lt("%(distance)s km away, the limit is %(limit)s km"),
    "no_stock": _lt("Has %(available)s of %(needed)s"),
}
REASONS = [
    ("eligible", "Eligible"),
    ("inactive", "Dealer Not Active"),
    ("not_chosen", "Another Store Chosen"),
    ("no_feed", "No Stock Feed"),
    ("rejected", "Turned Down"),
    ("not_covered", "Region Not Covered"),
    ("not_authorised", "Goods Not Covered"),
    ("outranked", "Another Dealer First"),
    ("full", "Orders of the Day Reached"),
    ("unknown_distance", "Distance Unknown"),
    ("too_far", "Too Far"),
    ("no_stock", "Not Enough Stock"),
]
# HQ may choose by hand in spite of these; without stock or dealer it can't.
HARD_REASONS = ("inactive", "no_stock")


class O2oDispatchCandidate(models.Model):
    """A store that was considered for a leg, with the reason why or why not."""

    _name = "o2o.dispatch.candidate"
    _description = "Dispatch Candidate"
    _order = "dispatch_id, eligible desc, rank, id"
    _rec_name = "warehouse_id"
    # one row per store and leg, written in bulk; the leg knows who and when
    _log_access = False

    dispatch_id = fields.Many2one(
        "o2o.dispatch", required=True, readonly=True, index=True, ondelete="cascade"
    )
    company_id = fields.Many2one(related="dispatch_id.company_id")
    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="cascade",
    )
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    eligible = fields.Boolean(readonly=True)
    rank = fields.Integer(readonly=True, help="Place among the eligible stores.")
    score = fields.Float(
        digits=(6, 4),
        readonly=True,
        help="1 at the customer's door, falling evenly to 0 at 50 km and beyond.",
    )
    distance_km = fields.Float(string="Distance (km)", digits=(10, 3), readonly=True)
    distance_known = fields.Boolean(readonly=True)
    available = fields.Float(digits="Product Unit", readonly=True)
    needed = fields.Float(digits="Product Unit", readonly=True)
    reason_code = fields.Selection(REASONS, readonly=True)
    parts = fields.Json(readonly=True)
    reason = fields.Char(compute="_compute_reason")

    @api.depends("reason_code", "parts", "available", "needed", "distance_km")
    @api.depends_context("lang")
    def _compute_reason(self):
        states = dict(
            self.env["res.partner"]
            ._fields["dealer_state"]
            ._description_selection(self.env)
        )
        for candidate in self:
            text = TEXTS.get(candidate.reason_code)
            parts = dict(candidate.parts or {})
            parts.update(
                available=f"{candidate.available:g}",
                needed=f"{candidate.needed:g}",
                distance=f"{candidate.distance_km:.1f}",
                state=states.get(parts.get("state"), "").lower(),
            )
            template = self.env._(text) if text else ""
            candidate.reason = template % parts

    @api.model
    def _record(self, leg, candidates):
        """Write the engine's candidates for a leg, all in one statement.

        There is one for each store of the company, so they bypass the ORM's create;
        nothing computed or cached depends on them before they are read.
        """
        rows = [
            (
                candidate.node,
                candidate.eligible,
                candidate.rank or 0,
                candidate.score,
                candidate.distance_km or 0.0,
                candidate.distance_km is not None,
                candidate.available,
                candidate.needed,
                candidate.reason,
                _plain_parts(candidate),
            )
            for candidate in candidates
        ]
        if not rows:
            return
        leg.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_dispatch_candidate (
                       dispatch_id, warehouse_id, eligible, rank, score, distance_km,
                       distance_known, available, needed, reason_code, parts)
                   SELECT %s, * FROM unnest(
                       %s::int[], %s::bool[], %s::int[], %s::numeric[], %s::numeric[],
                       %s::bool[], %s::numeric[], %s::numeric[], %s::varchar[],
                       %s::jsonb[])""",
                leg.id,
                *(list(column) for column in zip(*rows, strict=True)),
            )
        )
        leg.invalidate_recordset(["candidate_ids"], flush=False)

    @api.model
    def _copy_to(self, leg, following):
        """Give a leg that was moved the candidates of the one it replaces."""
        copied = SQL(
            "warehouse_id, eligible, rank, score, distance_km, distance_known,"
            " available, needed, reason_code, parts"
        )
        following.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_dispatch_candidate (dispatch_id, %(copied)s)
                   SELECT %(following)s, %(copied)s
                     FROM o2o_dispatch_candidate WHERE dispatch_id = %(leg)s
                    ORDER BY id""",
                copied=copied,
                following=following.id,
                leg=leg.id,
            )
        )
        following.invalidate_recordset(["candidate_ids"], flush=False)

    def _says(self, candidate):
        """Whether the row holds what the engine said of the store."""
        self.ensure_one()
        return (
            self.reason_code == candidate.reason
            and self.eligible == candidate.eligible
            and self.rank == (candidate.rank or 0)
            and self.distance_known == (candidate.distance_km is not None)
            and abs(self.distance_km - (candidate.distance_km or 0.0)) < 0.001
            and abs(self.score - float(candidate.score)) < 0.0001
        )

    def action_choose(self):
        """HQ gives the leg to this store, whatever its place in the ranking."""
        self.ensure_one()
        if self.reason_code in HARD_REASONS and not self._may_serve_now():
            raise UserError(
                self.env._(
                    "%(store)s can't take %(leg)s: %(reason)s. Choose another store, or "
                    "put that right first.",
                    store=self.warehouse_id.name,
                    leg=self.dispatch_id.name,
                    reason=self.reason,
                )
            )
        return self.dispatch_id.action_assign_to(self.warehouse_id)

    def _may_serve_now(self):
        """What stood in the way when the candidate was recorded may be gone."""
        return self.dealer_id.dealer_state == "active"


def _plain_parts(candidate):
    """What the reason's text shows and no column holds, as JSON."""
    kept = ("limit", "limit_orders", "state")
    parts = candidate.parts
    return json.dumps({name: parts[name] for name in kept})
