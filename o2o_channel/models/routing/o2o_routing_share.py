from datetime import datetime, time, timezone
from math import ceil

from dateutil.relativedelta import relativedelta

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError
from odoo.fields import Domain
from odoo.tools import SQL, float_compare

from .o2o_dispatch import ENDED_STATES


class O2oRoutingShare(models.Model):
    """What a dealer was promised of a month's orders, or the most that it may get.

    Counted are the legs offered in the calendar month of the company that the dealer
    still has. A floor is kept when orders are assigned together; a quota there and by
    the single routing: a store over it goes after the others.
    """

    _name = "o2o.routing.share"
    _description = "Fair Share"
    _order = "date_from desc, dealer_id, kind, id"
    _check_company_auto = True
    _rec_name = "dealer_id"

    dealer_id = fields.Many2one(
        "res.partner",
        required=True,
        index=True,
        ondelete="restrict",
        domain="[('is_dealer', '=', True), ('dealer_state', '!=', 'closed')]",
    )
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    kind = fields.Selection(
        [("floor", "At Least (Floor)"), ("quota", "At Most (Quota)")],
        required=True,
        default="floor",
        help="At least: orders assigned together are given to the dealer until it has "
        "its share. At most: above it the dealer's stores are asked after all others.",
    )
    unit = fields.Selection(
        [("percent", "% of the Month's Orders"), ("orders", "Orders per Month")],
        required=True,
        default="percent",
    )
    value = fields.Float(
        string="Share", digits=(10, 2), required=True, help="In the unit beside it."
    )
    date_from = fields.Date(
        string="From", required=True, default=lambda self: self._default_date_from()
    )
    date_to = fields.Date(
        string="To", help="The last day, included. Empty: until further notice."
    )
    active = fields.Boolean(default=True)
    note = fields.Char(
        string="Agreement", help="Where this was agreed, for the record."
    )

    _dates = models.Constraint(
        "CHECK(date_to IS NULL OR date_from <= date_to)",
        "A share can't end before it starts.",
    )
    _value_positive = models.Constraint(
        "CHECK(value >= 0)", "A share can't be negative."
    )
    _percent = models.Constraint(
        "CHECK(unit != 'percent' OR value <= 100)",
        "A share in percent can't be above 100.",
    )

    @api.model
    def _default_date_from(self):
        return self.env.company._o2o_today().replace(day=1)

    @api.depends("dealer_id", "kind", "unit", "value")
    def _compute_display_name(self):
        kinds = dict(self._fields["kind"]._description_selection(self.env))
        units = dict(self._fields["unit"]._description_selection(self.env))
        for share in self:
            dealer = share.dealer_id.display_name or ""
            kind, unit = kinds.get(share.kind, ""), units.get(share.unit, "")
            share.display_name = f"{dealer}: {kind} {share.value:g} {unit}"

    @api.constrains("dealer_id", "company_id", "kind", "unit", "value", "active")
    def _check_dealer(self):
        for share in self:
            if not share.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        "%(partner)s is not a dealer. Choose a dealer for the share.",
                        partner=share.dealer_id.display_name,
                    )
                )

    @api.constrains(
        "dealer_id", "company_id", "kind", "unit", "value", "active", "date_from",
        "date_to",
    )  # fmt: skip
    def _check_agreements(self):
        for share in self.filtered("active"):
            others = self.search(share._get_overlap_domain())
            share._check_not_twice(others)
            share._check_floor_below_quota(others)
        for share in self.filtered("active"):
            share._check_floors_sum()

    def _get_overlap_domain(self):
        """Shares of the company that are in force on a day on which this one is."""
        domain = Domain("company_id", "=", self.company_id.id)
        domain &= Domain("date_to", "=", False) | Domain(
            "date_to", ">=", self.date_from
        )
        if self.date_to:
            domain &= Domain("date_from", "<=", self.date_to)
        return domain

    def _check_not_twice(self, others):
        same = (others - self).filtered(
            lambda other: other.dealer_id == self.dealer_id and other.kind == self.kind
        )
        if same:
            raise ValidationError(
                self.env._(
                    "Two shares of the same kind overlap: %(one)s and %(other)s. End "
                    "one before the other starts.",
                    one=self.display_name,
                    other=same[0].display_name,
                )
            )

    def _check_floor_below_quota(self, others):
        own = others.filtered(
            lambda other: other.dealer_id == self.dealer_id and other.unit == self.unit
        )
        floors = own.filtered(lambda share: share.kind == "floor")
        quotas = own.filtered(lambda share: share.kind == "quota")
        for floor in floors:
            for quota in quotas:
                if float_compare(floor.value, quota.value, precision_digits=2) > 0:
                    raise ValidationError(
                        self.env._(
                            "%(dealer)s can't get at least %(floor)g and at most "
                            "%(quota)g. Lower the floor or raise the quota.",
                            dealer=self.dealer_id.display_name,
                            floor=floor.value,
                            quota=quota.value,
                        )
                    )

    def _check_floors_sum(self):
        """The floors in percent that hold on one day leave room for each other."""
        floors = self.search(
            [
                ("company_id", "=", self.company_id.id),
                ("kind", "=", "floor"),
                ("unit", "=", "percent"),
            ]
        )
        # the sum changes upwards only on a day on which one of them starts
        for day in set(floors.mapped("date_from")):
            total = sum(floors._in_force(day).mapped("value"))
            if float_compare(total, 100, precision_digits=2) > 0:
                raise ValidationError(
                    self.env._(
                        "The floors in force on %(day)s add up to %(total)g %%, more "
                        "than all orders. Lower them to 100 %% together.",
                        day=day,
                        total=total,
                    )
                )

    def _in_force(self, day):
        return self.filtered(
            lambda share: (
                share.date_from <= day and (not share.date_to or share.date_to >= day)
            )
        )

    @api.model
    @tools.ormcache("company_id")
    def _has_quota(self, company_id):
        """Most companies have none, and every order asks."""
        # sudo: the same for everybody
        return bool(
            self.sudo().search_count(
                [("company_id", "=", company_id), ("kind", "=", "quota")], limit=1
            )
        )

    @api.model_create_multi
    def create(self, vals_list):
        shares = super().create(vals_list)
        self.env.registry.clear_cache()
        return shares

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    # Counting

    @api.model
    def _get_month(self, company, day):
        """The calendar month of ``day`` in the company's zone, as UTC datetimes."""
        first = day.replace(day=1)
        following = first + relativedelta(months=1)
        return self._get_midnight(company, first), self._get_midnight(
            company, following
        )

    @api.model
    def _get_midnight(self, company, day):
        """When ``day`` begins in the company's zone, as a UTC datetime."""
        local = datetime.combine(day, time.min, tzinfo=company._o2o_timezone())
        return local.astimezone(timezone.utc).replace(tzinfo=None)

    @api.model
    def _quota_reached(self, company, stores, date):
        """The stores whose dealer has its quota of the month already, in one query.

        A quota in percent is reached when one order more would go over it.

        :param company: res.company
        :param stores: stock.warehouse
        :param date: a day of the month, in the company's zone
        :return: set of store ids
        """
        if not self._has_quota(company.id):
            return set()
        start, end = self._get_month(company, date)
        self.env["o2o.dispatch"].flush_model(
            ["company_id", "dealer_id", "offered_at", "state"]
        )
        self.flush_model()
        stores.flush_model(["dealer_id"])
        legs = SQL(
            "o2o_dispatch leg WHERE leg.company_id = %s AND leg.offered_at >= %s"
            " AND leg.offered_at < %s AND leg.state NOT IN %s",
            company.id,
            start,
            end,
            ENDED_STATES,
        )
        rows = self.env.execute_query(
            SQL(
                """SELECT w.id
                     FROM (SELECT s.dealer_id, s.unit, s.value,
                                  (SELECT count(*) FROM %(legs)s
                                      AND leg.dealer_id = s.dealer_id) AS own
                             FROM o2o_routing_share s
                            WHERE s.company_id = %(company)s AND s.active
                              AND s.kind = 'quota' AND s.date_from <= %(day)s
                              AND (s.date_to IS NULL OR s.date_to >= %(day)s)) quota
                     JOIN stock_warehouse w ON w.dealer_id = quota.dealer_id
                    WHERE w.id IN %(stores)s
                      AND CASE quota.unit
                          WHEN 'orders' THEN quota.own + 1 > quota.value
                          ELSE (quota.own + 1) * 100.0 > quota.value * (1 +
                               (SELECT count(*) FROM %(legs)s))
                          END""",
                legs=legs,
                company=company.id,
                day=date,
                stores=stores._ids or (0,),
            )
        )
        return {store_id for (store_id,) in rows}

    @api.model
    def _get_batch_limits(self, company, date, number):
        """What the shares in force mean for ``number`` orders assigned together.

        :return: {dealer: (legs it gets at least, at most or None)}
        """
        shares = self.search([("company_id", "=", company.id)])._in_force(date)
        own = self._count_legs(company, date)
        total = sum(own.values()) + number
        limits = {}
        for share in shares:
            dealer = share.dealer_id
            floor, quota = limits.get(dealer, (0, None))
            whole = share.value if share.unit == "orders" else share.value * total / 100
            # a share of 30 % of 10 is 3, whatever floats say
            left = round(whole, 6) - own.get(dealer.id, 0)
            if share.kind == "floor":
                floor = max(floor, ceil(left))
            else:
                quota = min(max(0, int(left)), number if quota is None else quota)
            limits[dealer] = (min(floor, number), quota)
        return limits

    @api.model
    def _count_legs(self, company, date):
        """{dealer id: legs of the month that it still has}."""
        start, end = self._get_month(company, date)
        groups = self.env["o2o.dispatch"]._read_group(
            [
                ("company_id", "=", company.id),
                ("offered_at", ">=", start),
                ("offered_at", "<", end),
                ("state", "not in", ENDED_STATES),
                ("dealer_id", "!=", False),
            ],
            ["dealer_id"],
            ["__count"],
        )
        return {dealer.id: count for dealer, count in groups}
