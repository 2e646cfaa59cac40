from odoo import models

from ...engine.business_time import Hours, OpeningHours


class ResourceCalendar(models.Model):
    _inherit = "resource.calendar"

    def _o2o_opening_hours(self, zone, start):
        """The working schedule as the engine knows it; holidays that end after
        ``start`` are closed. A flexible schedule names no hours."""
        self.ensure_one()
        attendances = self.attendance_ids.filtered(
            lambda one: not one.display_type and one.day_period != "lunch"
        )
        hours = tuple(
            Hours(
                weekday=int(one.dayofweek),
                start=round(one.hour_from * 60),
                end=round(one.hour_to * 60),
                week=int(one.week_type) if self.two_weeks_calendar else None,
            )
            for one in attendances
            if one.hour_to >= one.hour_from
        )
        leaves = self.env["resource.calendar.leaves"].search(
            [
                ("calendar_id", "in", (self.id, False)),
                ("company_id", "in", (self.company_id.id, False)),
                ("resource_id", "=", False),
                ("time_type", "=", "leave"),
                ("date_to", ">", start),
            ]
        )
        closed = tuple((leave.date_from, leave.date_to) for leave in leaves)
        return OpeningHours(() if self.flexible_hours else hours, zone, closed)
