from odoo import api, fields, models
from odoo.exceptions import ValidationError


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_pickup_days = fields.Integer(
        string="Keep Pickups (Days)",
        default=7,
        help="What a customer does not collect in that time goes back to the store's "
        "stock.",
    )
    o2o_pickup_reminders = fields.Char(
        string="Remind After (Days)",
        default="3, 6",
        help="Days after which a customer is reminded, with commas. Empty: never.",
    )
    o2o_ship_hours = fields.Integer(
        string="Hours to Ship",
        default=24,
        help="Within that time after accepting, a store ships or has the goods ready; "
        "later counts as late.",
    )

    _o2o_ship_hours_positive = models.Constraint(
        "CHECK(o2o_ship_hours > 0)", "A store has at least one hour to ship."
    )
    _o2o_pickup_days_positive = models.Constraint(
        "CHECK(o2o_pickup_days > 0)", "Pickups are kept for one day at least."
    )

    @api.constrains("o2o_pickup_reminders")
    def _check_o2o_pickup_reminders(self):
        for company in self:
            parts = company._o2o_split_reminders()
            if not all(part.isdecimal() and int(part) > 0 for part in parts):
                raise ValidationError(
                    self.env._(
                        "Remind After (Days): “%(value)s” is not a list of numbers "
                        "of days such as “3, 6”.",
                        value=company.o2o_pickup_reminders,
                    )
                )

    def _o2o_split_reminders(self):
        parts = (self.o2o_pickup_reminders or "").replace("，", ",").split(",")
        return [part.strip() for part in parts if part.strip()]

    def _o2o_get_reminder_days(self):
        return sorted(int(part) for part in self._o2o_split_reminders())
