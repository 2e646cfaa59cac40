from dataclasses import dataclass
from datetime import date

from odoo import api, fields, models, tools
from odoo.exceptions import ValidationError

FLOWS = [
    ("on2off", "Online to Offline"),
    ("off2on", "Offline to Online"),
    ("on2on", "Online to Online"),
    ("off2off", "Offline to Offline"),
]


@dataclass(frozen=True, slots=True)
class Selector:
    """Which patterns a rule is for, as plain values: ids, with nothing to read."""

    channels: frozenset
    regions: frozenset
    categs: frozenset
    flow: str | bool
    date_from: date | bool
    date_to: date | bool

    def matches(self, pattern):
        """Whether each filled criterion matches."""
        return (
            (not self.channels or _id(pattern.get("channel")) in self.channels)
            and (not self.regions or _lies_in(pattern.get("region"), self.regions))
            and (not self.categs or _lies_in(pattern.get("categ"), self.categs))
            and (not self.flow or pattern.get("flow") == self.flow)
            and self._is_in_time(pattern.get("date"))
        )

    def _is_in_time(self, day):
        if not (self.date_from or self.date_to):
            return True
        if not day:
            return False
        after_start = not self.date_from or day >= self.date_from
        return after_start and (not self.date_to or day <= self.date_to)


class O2oMatchMixin(models.AbstractModel):
    """Rules by selector: each filled criterion must match, an empty one is any.

    The first by sequence, then id, wins. A pattern is a dict of what is at hand:
    ``channel``, ``region``, ``categ`` (records), ``flow`` (str) and ``date``. A
    criterion on something that the pattern leaves out or holds empty doesn't match.
    """

    _name = "o2o.match.mixin"
    _description = "Rule with a Selector"
    _order = "sequence, id"

    sequence = fields.Integer(
        default=10, help="Rules are asked in this order; the first that fits is used."
    )
    active = fields.Boolean(default=True)
    channel_ids = fields.Many2many(
        "o2o.channel", string="Channels", help="Empty: every channel."
    )
    region_ids = fields.Many2many(
        "o2o.region",
        string="Regions",
        help="With all that lies in them. Empty: every region, and orders without one.",
    )
    categ_ids = fields.Many2many(
        "product.category",
        string="Product Lines",
        help="With the categories below them. Empty: all goods.",
    )
    flow = fields.Selection(FLOWS, help="Empty: every flow.")
    date_from = fields.Date(string="From")
    date_to = fields.Date(string="To", help="The last day, included.")

    @api.constrains("date_from", "date_to")
    def _check_selector_dates(self):
        for rule in self:
            if rule.date_from and rule.date_to and rule.date_to < rule.date_from:
                raise ValidationError(
                    self.env._(
                        "Rule %(rule)s ends on %(end)s, before it starts on %(start)s.",
                        rule=rule.display_name,
                        end=rule.date_to,
                        start=rule.date_from,
                    )
                )

    def _first_match(self, pattern):
        """The first rule of ``self`` that matches, empty when none does."""
        rules = self.sorted(lambda rule: (rule.sequence, rule.id))
        return next((rule for rule in rules if rule._match(pattern)), self.browse())

    @api.model
    def _find_in_force(self, company, pattern):
        """The first active rule of a company that matches: `_first_match` from memory,
        as every order asks and rules change rarely. For rules with a state."""
        for rule_id, selector in self._get_selectors(company.id):
            if selector.matches(pattern):
                return self.browse(rule_id)
        return self.browse()

    @api.model
    @tools.ormcache("company_id")
    def _get_selectors(self, company_id):
        # sudo: what is kept is the same for everybody; only the rule that fits leaves
        rules = self.sudo().search(
            [
                ("active", "=", True),
                ("company_id", "=", company_id),
                ("state", "=", "active"),
            ],
            order="sequence, id",
        )
        return tuple((rule.id, rule._get_selector()) for rule in rules)

    def _match(self, pattern):
        """Whether each filled criterion matches."""
        return self._get_selector().matches(pattern)

    def _get_selector(self):
        self.ensure_one()
        return Selector(
            channels=frozenset(self.channel_ids.ids),
            regions=frozenset(self.region_ids.ids),
            categs=frozenset(self.categ_ids.ids),
            flow=self.flow,
            date_from=self.date_from,
            date_to=self.date_to,
        )

    @api.model_create_multi
    def create(self, vals_list):
        rules = super().create(vals_list)
        self.env.registry.clear_cache()
        return rules

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result


def _id(record):
    return record.id if record else None


def _lies_in(record, above):
    """Whether ``record`` of a tree is one of ``above`` or lies below one of them."""
    path = (record.parent_path or "").split("/") if record else ()
    return any(str(place_id) in path for place_id in above)
