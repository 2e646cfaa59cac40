import pytz

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

from ...engine.business_time import NoHours, add_minutes


class StockWarehouse(models.Model):
    """When a store is open: the time to accept an offer runs only then."""

    _inherit = "stock.warehouse"

    o2o_calendar_id = fields.Many2one(
        "resource.calendar",
        string="Opening Hours",
        check_company=True,
        ondelete="set null",
        help="The time to accept an offer runs only while the store is open. Empty: "
        "always open.",
    )
    o2o_tz = fields.Selection(
        lambda self: [(zone, zone) for zone in pytz.all_timezones],
        string="Store's Time Zone",
        help="The zone of the opening hours. Empty: the zone of the working schedule.",
    )

    @api.constrains("o2o_calendar_id")
    def _check_o2o_calendar(self):
        for store in self.filtered("o2o_calendar_id"):
            store._o2o_deadline(fields.Datetime.now(), 1, error=ValidationError)

    def _o2o_deadline(self, start, minutes, error=UserError):
        """The moment at which the store has been open for ``minutes`` since ``start``.

        :param start: naive UTC, as is the result
        :raise error: when its opening hours never come to so many minutes
        """
        self.ensure_one()
        # sudo: whoever routes an order may not read the store's working schedule
        calendar = self.sudo().o2o_calendar_id
        if not calendar:
            return fields.Datetime.add(start, minutes=minutes)
        zone = self.o2o_tz or calendar.tz or "UTC"
        try:
            return add_minutes(calendar._o2o_opening_hours(zone, start), start, minutes)
        except NoHours:
            raise error(
                self.env._(
                    "Store %(store)s is never open long enough by its opening hours "
                    "%(calendar)s. Enter working hours there, or clear the store's "
                    "opening hours.",
                    store=self.name,
                    calendar=calendar.name,
                )
            ) from None

    def _get_o2o_problems(self, covering):
        """Override: opening hours that never come to anything."""
        problems = super()._get_o2o_problems(covering)
        try:
            self._o2o_deadline(fields.Datetime.now(), 1)
        except UserError as error:
            problems.append(str(error))
        return problems
