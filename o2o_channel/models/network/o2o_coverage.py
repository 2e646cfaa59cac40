from collections import defaultdict
from typing import NamedTuple

from odoo import api, fields, models
from odoo.exceptions import ValidationError
from odoo.tools import SQL

from ...engine import coverage as rules
from .tools import categ_path


class CoverageRow(NamedTuple):
    """A line in force as `_fetch_lines` reads it, with what counts of its dealer."""

    dealer: int
    state: str | None
    tier: str | None
    code: str | None
    region: int
    role: str
    categ: int | None
    exclusive: bool | None
    priority: int


class O2oCoverage(models.Model):
    """A dealer's area: region, goods, role and dates.

    One record drives routing, the tier-1 share and who may see what where.
    """

    _name = "o2o.coverage"
    _description = "Dealer Coverage"
    _inherit = ["mail.thread"]
    _order = "region_id, priority, dealer_id, id"
    _check_company_auto = True
    _rec_names_search = ["region_id", "dealer_id"]

    dealer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_dealer', '=', True), ('dealer_state', '!=', 'closed')]",
        tracking=True,
    )
    dealer_code = fields.Char(related="dealer_id.dealer_code")
    dealer_tier = fields.Selection(related="dealer_id.dealer_tier")
    region_id = fields.Many2one(
        "o2o.region",
        required=True,
        index=True,
        ondelete="restrict",
        tracking=True,
        help="The whole region, with all parts that have no lines of their own.",
    )
    categ_id = fields.Many2one(
        "product.category",
        string="Product Line",
        ondelete="restrict",
        tracking=True,
        help="Goods of this category and those below it. Empty: all goods.",
    )
    role = fields.Selection(
        [("sales", "Sales"), ("logistics", "Logistics"), ("service", "Service")],
        required=True,
        default="sales",
        tracking=True,
    )
    exclusive = fields.Boolean(
        tracking=True,
        help="No other dealer serves this region in this role for these goods.",
    )
    priority = fields.Integer(
        default=10, tracking=True, help="The lowest number is asked first."
    )
    date_from = fields.Date(string="From", tracking=True)
    date_to = fields.Date(string="To", tracking=True, help="The last day, included.")
    company_id = fields.Many2one(
        "res.company",
        default=lambda self: self.env.company,
        index=True,
        help="Empty: in every company.",
    )
    active = fields.Boolean(default=True)

    _dates = models.Constraint(
        "CHECK(date_from IS NULL OR date_to IS NULL OR date_from <= date_to)",
        "A coverage line can't end before it starts.",
    )
    _lookup_idx = models.Index("(region_id, role) WHERE active")

    @api.depends("dealer_id", "region_id", "categ_id", "role")
    def _compute_display_name(self):
        roles = dict(self._fields["role"]._description_selection(self.env))
        for line in self:
            goods = line.categ_id.name or self.env._("all goods")
            line.display_name = (
                f"{line.dealer_id.dealer_code or line.dealer_id.name} · "
                f"{line.region_id.display_name} · {goods} · {roles.get(line.role)}"
            )

    @api.constrains("dealer_id")
    def _check_is_dealer(self):
        for line in self:
            if not line.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        "%(name)s is no dealer. Mark the contact as dealer before you "
                        "give it an area.",
                        name=line.dealer_id.name,
                    )
                )

    @api.constrains(
        "dealer_id",
        "region_id",
        "categ_id",
        "role",
        "exclusive",
        "date_from",
        "date_to",
        "company_id",
        "active",
    )
    def _check_overlap(self):
        self._queue_by_region()
        others = self.search(
            [
                ("region_id", "in", self.region_id.ids),
                ("role", "in", self.mapped("role")),
            ]
        ).grouped(lambda line: (line.region_id, line.role))
        for line in self.filtered("active"):
            for other in others.get((line.region_id, line.role), self.browse()):
                if other != line and line._shares_time_and_company(other):
                    line._check_against(other)

    def _queue_by_region(self):
        """Let changes to the areas of one region follow one another.

        Two exclusive lines saved in the same instant don't see each other. Touching the
        region makes the second wait and then start again, so that it sees the first.
        """
        self.env.cr.execute(
            SQL(
                "UPDATE o2o_region SET write_date = write_date WHERE id IN "
                "(SELECT id FROM o2o_region WHERE id IN %s ORDER BY id FOR NO KEY UPDATE)",
                self.region_id._ids or (0,),
            ),
            log_exceptions=False,
        )

    def _shares_time_and_company(self, other):
        companies = {self.company_id.id, other.company_id.id} - {False}
        return len(companies) < 2 and rules.periods_overlap(
            *self._period(), *other._period()
        )

    def _period(self):
        """First and last day, None for an open end."""
        return self.date_from or None, self.date_to or None

    def _check_against(self, other):
        """Refuse a second line of the same, and two exclusive dealers."""
        if other.dealer_id == self.dealer_id:
            if other.categ_id == self.categ_id:
                raise ValidationError(
                    self.env._(
                        "Dealer %(dealer)s already has this coverage: %(line)s "
                        "(%(period)s). Change that line's dates instead.",
                        dealer=self.dealer_id.name,
                        line=other.display_name,
                        period=other._period_label(),
                    )
                )
            return
        both_exclusive = self.exclusive and other.exclusive
        if both_exclusive and rules.categories_overlap(
            categ_path(self.categ_id), categ_path(other.categ_id)
        ):
            raise ValidationError(
                self.env._(
                    "%(dealer)s and %(other)s can't both be exclusive in %(region)s "
                    "for %(goods)s (%(role)s): %(dealer)s %(period)s, %(other)s "
                    "%(other_period)s, goods of the other line: %(other_goods)s. End "
                    "one line first, or take its exclusivity away.",
                    dealer=self.dealer_id.name,
                    other=other.dealer_id.name,
                    region=self.region_id.display_name,
                    goods=self.categ_id.display_name or self.env._("all goods"),
                    other_goods=other.categ_id.display_name or self.env._("all goods"),
                    role=dict(self._fields["role"]._description_selection(self.env))[
                        self.role
                    ],
                    period=self._period_label(),
                    other_period=other._period_label(),
                )
            )

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Coverage"),
                "template": "/o2o_channel/static/xls/coverage_import_template.xlsx",
            }
        ]

    def _is_current(self):
        """Whether the line is in force today."""
        self.ensure_one()
        today = (self.company_id or self.env.company)._o2o_today()
        start, end = self._period()
        return rules.periods_overlap(start, end, today, today)

    def _period_label(self):
        return self.env._(
            "from %(start)s to %(end)s",
            start=self.date_from or self.env._("the beginning"),
            end=self.date_to or self.env._("further notice"),
        )

    @api.model
    def _covering_dealers(self, regions, categories, roles, on_date):
        """The dealers who serve goods in regions on a day.

        ``roles`` is an iterable of roles, any of which counts; fulfilment of goods
        asks ``("sales", "logistics")``. Returns ``{(region_id, categ_id): dealers}``
        for every pair, by priority and then code, and also with ``categ_id`` False
        for goods without category. A fixed number of queries for any batch.
        """
        lines = self._lines_valid_on(regions, categories, roles, on_date)
        return self._resolve(regions, categories, lines)

    @api.model
    def _tier1_of(self, regions, categories, on_date):
        """The tier-1 dealer whose sales area holds each region, for its share.

        Looks at lines of tier-1 dealers only. ``{(region_id, categ_id): dealer}``;
        the first by priority and code where several share the area, none where no
        tier-1 dealer covers it.
        """
        lines = self._lines_valid_on(regions, categories, ("sales",), on_date, "tier1")
        return {
            key: dealers[:1]
            for key, dealers in self._resolve(regions, categories, lines).items()
        }

    @api.model
    def _fetch_lines(self, regions, roles, on_date):
        """Every line in force on a day for these regions, whatever its goods, as plain
        rows: a region may have hundreds of dealers, and every order asks. ``regions``
        None: of any region."""
        self.flush_model()
        self.env["res.partner"].flush_model(
            ["dealer_code", "dealer_state", "dealer_tier"]
        )
        where = SQL("TRUE")
        if regions is not None:
            region_ids = {part for region in regions for part in region._path_ids()}
            where = SQL("line.region_id IN %s", tuple(region_ids) or (0,))
        # past the access rules: every order needs the answer, whoever takes it
        rows = self.env.execute_query(
            SQL(
                """SELECT line.dealer_id, dealer.dealer_state, dealer.dealer_tier,
                          dealer.dealer_code, line.region_id, line.role, line.categ_id,
                          line.exclusive, line.priority
                     FROM o2o_coverage line
                     JOIN res_partner dealer ON dealer.id = line.dealer_id
                    WHERE line.active AND %(where)s AND line.role IN %(roles)s
                      AND (line.company_id IS NULL OR line.company_id = %(company)s)
                      AND (line.date_from IS NULL OR line.date_from <= %(day)s)
                      AND (line.date_to IS NULL OR line.date_to >= %(day)s)""",
                where=where,
                roles=tuple(roles),
                company=self.env.company.id,
                day=on_date,
            )
        )
        return [CoverageRow(*row) for row in rows]

    @api.model
    def _lines_valid_on(self, regions, categories, roles, on_date, tier=None):
        """The lines that may decide, as plain values, by region."""
        rows = self._fetch_lines(regions, roles, on_date)
        return self._index(rows, categories, on_date, tier)

    @api.model
    def _index(self, rows, categories, on_date, tier=None):
        """The engine's lines by region, of fetched rows that concern the categories.

        A dealer that was not active on the day leaves its area to the level above.
        """
        goods = {None, *(part for categ in categories for part in categ_path(categ))}
        rows = [row for row in rows if row.categ in goods and tier in (None, row.tier)]
        if on_date < self.env.company._o2o_today():
            dealers = self.env["res.partner"].browse({row.dealer for row in rows})
            states = dealers._o2o_state_on(on_date)
            rows = [row._replace(state=states.get(row.dealer)) for row in rows]
        return rules.index_by_region(
            [_rule_line(row) for row in rows if row.state == "active"]
        )

    @api.model
    def _claims(self, rows, categories):
        """{dealer id: ids of the categories} of every area among fetched rows, whether
        another dealer goes first or not; False stands for goods without category."""
        paths = {categ.id: set(categ_path(categ)) for categ in categories}
        paths[False] = set()
        claims = defaultdict(set)
        for row in rows:
            claims[row.dealer].update(
                served
                for served, path in paths.items()
                if row.categ is None or row.categ in path
            )
        return claims

    @api.model
    def _resolve(self, regions, categories, by_region):
        partners = self.env["res.partner"]
        categ_paths = {categ.id: categ_path(categ) for categ in categories}
        categ_paths[False] = ()
        found = {}
        for region in regions:
            path = region._path_ids()
            for categ_id, goods in categ_paths.items():
                ids = rules.covering_dealers(path, goods, by_region)
                found[region.id, categ_id] = partners.browse(ids)
        return found


def _rule_line(row):
    return rules.Line(
        dealer=row.dealer,
        dealer_code=row.code or "",
        region=row.region,
        role=row.role,
        categ=row.categ,
        exclusive=bool(row.exclusive),
        priority=row.priority,
    )
