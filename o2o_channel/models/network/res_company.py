from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    def _o2o_timezone(self):
        """The time zone in which the company counts its days (of its own contact)."""
        self.ensure_one()
        # sudo: the zone of the company is no secret, its contact may be
        return ZoneInfo(self.sudo().partner_id.tz or "UTC")

    def _o2o_date(self, moment):
        """The company's calendar day of ``moment``, a naive datetime in UTC."""
        return (
            moment.replace(tzinfo=timezone.utc).astimezone(self._o2o_timezone()).date()
        )

    def _o2o_today(self):
        """Today in the company's time zone, the base of every "on this date" here."""
        return self._o2o_date(fields.Datetime.now())
