from odoo import api, fields, models
from odoo.exceptions import ValidationError

FLOWS = [
    ("on2off", "Online to Offline"),
    ("off2on", "Offline to Online"),
    ("on2on", "Online to Online"),
    ("off2off", "Offline to Offline"),
]


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

    def _match(self, pattern):
        """Whether each filled criterion matches; extend by one predicate each."""
        self.ensure_one()
        return (
            self._match_channel(pattern)
            and self._match_region(pattern)
            and self._match_categ(pattern)
            and self._match_flow(pattern)
            and self._match_date(pattern)
        )

    def _match_channel(self, pattern):
        channel = pattern.get("channel")
        return not self.channel_ids or bool(
            channel and channel.id in self.channel_ids.ids
        )

    def _match_region(self, pattern):
        return not self.region_ids or _lies_in(pattern.get("region"), self.region_ids)

    def _match_categ(self, pattern):
        return not self.categ_ids or _lies_in(pattern.get("categ"), self.categ_ids)

    def _match_flow(self, pattern):
        return not self.flow or pattern.get("flow") == self.flow

    def _match_date(self, pattern):
        day = pattern.get("date")
        if not (self.date_from or self.date_to):
            return True
        if not day:
            return False
        after_start = not self.date_from or day >= self.date_from
        return after_start and (not self.date_to or day <= self.date_to)


def _lies_in(record, above):
    """Whether ``record`` of a tree is one of ``above`` or lies below one of them."""
    path = (record.parent_path or "").split("/") if record else ()
    return any(str(place_id) in path for place_id in above.ids)
