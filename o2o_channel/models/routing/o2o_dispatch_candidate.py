import json
from functools import lru_cache

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL, LazyTranslate

from .unchecked import UncheckedMany2one

_lt = LazyTranslate(__name__)

# Texts of the engine's reasons (engine.routing.REASONS) in the reader's language.
TEXTS = {
    "eligible": _lt("Can serve it: %(available)s of %(needed)s promised"),
    "quota": _lt(
        "Can serve it, but has its agreed share of the month: asked after others"
    ),
    "cross_region": _lt(
        "Can serve it from outside its area, as no dealer of the region can"
    ),
    "inactive": _lt("The dealer is %(state)s"),
    "not_chosen": _lt("The customer collects in another store"),
    "paused": _lt("The store takes no orders at the moment"),
    "no_feed": _lt(
        "The store reports no stock, so nothing is promised from it automatically"
    ),
    "stale": _lt("The store's last stock feed is too old: it has to be asked first"),
    "rejected": _lt("Has already turned this down or let it expire"),
    "not_covered": _lt("The dealer does not cover the region"),
    "not_authorised": _lt("The dealer covers the region, but not for these goods"),
    "outranked": _lt("A dealer with a narrower or an exclusive area goes first here"),
    "no_service": _lt("The dealer does not offer the services of this order here"),
    "below_guarantee": _lt("The dealer would earn less than its guaranteed margin"),
    "low_trust": _lt(
        "Trust %(trust)s is below %(min_trust)s: excluded from automatic routing"
    ),
    "full": _lt("Has its %(limit_orders)s orders of today"),
    "unknown_distance": _lt(
        "The distance is unknown and the rule has a limit of %(limit)s km"
    ),
    "too_far": _lt("%(distance)s km away, the limit is %(limit)s km"),
    "no_stock": _lt("Promises %(available)s of %(needed)s"),
}
REASONS = [
    ("eligible", "Eligible"),
    ("quota", "Share Reached"),
    ("cross_region", "From Another Region"),
    ("inactive", "Dealer Not Active"),
    ("not_chosen", "Another Store Chosen"),
    ("paused", "Paused"),
    ("no_feed", "No Stock Feed"),
    ("stale", "Stock Feed Too Old"),
    ("rejected", "Turned Down"),
    ("not_covered", "Region Not Covered"),
    ("not_authorised", "Goods Not Covered"),
    ("outranked", "Another Dealer First"),
    ("no_service", "Service Not Offered"),
    ("below_guarantee", "Below Guaranteed Margin"),
    ("low_trust", "Not Trusted Enough"),
    ("full", "Orders of the Day Reached"),
    ("unknown_distance", "Distance Unknown"),
    ("too_far", "Too Far"),
    ("no_stock", "Not Enough Stock"),
]
# HQ may choose by hand in spite of these; without stock or dealer it can't.
HARD_REASONS = ("inactive", "no_stock")
# In the order of `_row`.
COLUMNS = SQL(
    "warehouse_id, eligible, rank, score, distance_km, distance_known, available,"
    " needed, reason_code, parts, distance_score, trust_score, load_score,"
    " rating_score, bonus, askable"
)


class O2oDispatchCandidate(models.Model):
    """A store that was considered for a leg, with the reason why or why not."""

    _name = "o2o.dispatch.candidate"
    _description = "Dispatch Candidate"
    _order = "dispatch_id, eligible desc, rank, id"
    _rec_name = "warehouse_id"
    # one row per store and leg, written in bulk; the leg knows who and when
    _log_access = False

    # legs are never deleted; a store that is takes its rows along
    dispatch_id = UncheckedMany2one(
        "o2o.dispatch", required=True, readonly=True, index=True
    )
    company_id = fields.Many2one(related="dispatch_id.company_id")
    warehouse_id = UncheckedMany2one(
        "stock.warehouse", string="Store", required=True, readonly=True
    )
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    eligible = fields.Boolean(readonly=True)
    rank = fields.Integer(readonly=True, help="Place among the eligible stores.")
    score = fields.Float(
        digits=(6, 4),
        readonly=True,
        help="Sum of the weighted parts: nearness, trust, free load, rating, bonus.",
    )
    distance_score = fields.Float(string="Nearness", digits=(6, 4), readonly=True)
    trust_score = fields.Float(string="Trust", digits=(6, 4), readonly=True)
    load_score = fields.Float(string="Free Load", digits=(6, 4), readonly=True)
    rating_score = fields.Float(string="Rating", digits=(6, 4), readonly=True)
    bonus = fields.Float(digits=(6, 4), readonly=True)
    askable = fields.Boolean(
        readonly=True,
        help="Only our belief in its stock stands against this store: it may be asked.",
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
        rows = [_row(candidate) for candidate in candidates]
        if not rows:
            return
        leg.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_dispatch_candidate (dispatch_id, %s)
                   SELECT %s, * FROM unnest(
                       %s::int[], %s::bool[], %s::int[], %s::numeric[], %s::numeric[],
                       %s::bool[], %s::numeric[], %s::numeric[], %s::varchar[],
                       %s::jsonb[], %s::numeric[], %s::numeric[], %s::numeric[],
                       %s::numeric[], %s::numeric[], %s::bool[])""",
                COLUMNS,
                leg.id,
                *map(_array, zip(*rows, strict=True)),
            )
        )
        leg.invalidate_recordset(["candidate_ids"], flush=False)

    @api.model
    def _copy_to(self, leg, following):
        """Give a leg that was moved the candidates of the one it replaces."""
        following.flush_recordset()
        self.env.cr.execute(
            SQL(
                """INSERT INTO o2o_dispatch_candidate (dispatch_id, %(copied)s)
                   SELECT %(following)s, %(copied)s
                     FROM o2o_dispatch_candidate WHERE dispatch_id = %(leg)s
                    ORDER BY id""",
                copied=COLUMNS,
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


def _array(column):
    """A column as one PostgreSQL array literal: read in half the time of an array of
    thousands of values. None of them are texts from outside; JSON is quoted."""
    return "{" + ",".join([_element(value) for value in column]) + "}"


def _element(value):
    if isinstance(value, str) and value[:1] == "{":
        return _quoted(value)
    return str(value)


@lru_cache(maxsize=4096)
def _quoted(text):
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _row(candidate):
    """The engine's candidate as values of COLUMNS."""
    score = candidate.score_parts
    return (
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
        score.distance,
        score.trust,
        score.load,
        score.rating,
        score.bonus,
        candidate.askable,
    )


def _plain_parts(candidate):
    """What the reason's text shows and no column holds, as JSON."""
    limit = candidate.limit_km
    orders = candidate.max_orders
    return _parts_json(
        "" if limit is None else f"{limit:f}",
        "" if orders is None else str(orders),
        candidate.state,
        f"{candidate.trust:.2f}",
        f"{candidate.min_trust:.2f}",
    )


@lru_cache(maxsize=4096)
def _parts_json(limit, limit_orders, state, trust, min_trust):
    """Hundreds of stores share a handful of these."""
    return json.dumps(
        {
            "limit": limit,
            "limit_orders": limit_orders,
            "state": state,
            "trust": trust,
            "min_trust": min_trust,
        }
    )
