from datetime import timezone
from zoneinfo import ZoneInfo

from odoo import fields, models


class ResCompany(models.Model):
    _inherit = "res.company"

    o2o_manager_id = fields.Many2one(
        "res.users",
        string="Channel Manager on Duty",
        domain="[('share', '=', False)]",
        help="Gets the activities of the channel that belong to nobody else. Empty: "
        "the first channel manager of the company.",
    )

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

    def _o2o_manager(self):
        """The user who gets activities of the channel that belong to nobody else.

        Never empty: without any channel manager it is the administrator.
        """
        self.ensure_one()
        # sudo: dealers and crons set off activities without rights on users
        company = self.sudo()
        if company.o2o_manager_id.active:
            return company.o2o_manager_id
        managers = self.env.ref("o2o_channel.o2o_group_manager").sudo().all_user_ids
        of_company = managers.filtered(
            lambda user: user.active and company in user.company_ids
        ).sorted("id")
        return of_company[:1] or self.env.ref("base.user_admin").sudo()
