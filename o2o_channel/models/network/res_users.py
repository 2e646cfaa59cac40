from odoo import api, fields, models
from odoo.exceptions import ValidationError

# Who keeps the rules doesn't post by them.
DUTIES = ("o2o_channel.o2o_group_manager", "o2o_channel.o2o_group_accountant")


class ResUsers(models.Model):
    """Nobody keeps the split rules and posts by them, unless it is said why.

    Odoo's own administrators are left alone: they could give themselves anything.
    """

    _inherit = "res.users"

    o2o_has_both_duties = fields.Boolean(
        string="Manager and Accountant of the Channel",
        compute="_compute_o2o_has_both_duties",
        compute_sudo=True,
        search="_search_o2o_has_both_duties",
        groups="base.group_erp_manager",
    )
    o2o_both_duties_reason = fields.Char(
        string="Why Both Channel Duties",
        copy=False,
        groups="base.group_erp_manager",
        help="Channel Manager and Channel Accountant are two people: one keeps the rules, the "
        "other posts by them. Where there is no other way, say why; it is logged on the "
        "user's contact.",
    )

    @api.depends("group_ids.all_implied_ids")
    def _compute_o2o_has_both_duties(self):
        duties = self._o2o_duties()
        admin = self.env.ref("base.group_system")
        for user in self:
            held = user.all_group_ids._origin
            user.o2o_has_both_duties = (
                bool(duties) and duties <= held and admin not in held
            )

    def _search_o2o_has_both_duties(self, operator, value):
        if operator != "in":
            return NotImplemented
        domain = [("all_group_ids", "in", [duty.id]) for duty in self._o2o_duties()]
        # sudo: the field is for who may edit users
        users = self.sudo().search(domain) if domain else self.sudo().browse()
        found = users.filtered("o2o_has_both_duties")
        return [("id", "in" if True in value else "not in", found.ids)]

    @api.model
    def _o2o_duties(self):
        """Return the two groups that one person shouldn't be in; none while installing."""
        groups = self.env["res.groups"]
        for name in DUTIES:
            groups |= self.env.ref(name, raise_if_not_found=False) or groups
        return groups if len(groups) == len(DUTIES) else groups.browse()

    @api.constrains("group_ids", "active", "o2o_both_duties_reason")
    def _check_o2o_duties(self):
        # sudo: who invites a user needn't be allowed to see its duties
        for user in self.sudo().filtered("active"):
            reason = (user.o2o_both_duties_reason or "").strip()
            if user.o2o_has_both_duties and not reason:
                raise ValidationError(
                    self.env._(
                        "%(name)s would be %(duties)s at once: who keeps the split rules "
                        "posts nothing by them. Take one of the two away, or say under Why "
                        "Both Channel Duties why there is no other way.",
                        name=user.name,
                        duties=" + ".join(self._o2o_duties().mapped("name")),
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        """Override of base: as for `write`."""
        users = super().create(vals_list)
        users._o2o_log_duties()
        return users

    def write(self, vals):
        """Override of base: an exception is logged where auditors see it."""
        if "o2o_both_duties_reason" not in vals:
            return super().write(vals)
        # sudo: as for the note
        had = self.sudo().filtered("o2o_both_duties_reason").ids
        result = super().write(vals)
        self._o2o_log_duties(had)
        return result

    def _o2o_log_duties(self, had=()):
        """Note on the users' contacts that an exception was made, or ended."""
        # sudo: the note is the system's, whoever may edit users makes it happen
        for user in self.sudo():
            reason = user.o2o_both_duties_reason
            if not reason and user.id not in had:
                continue
            text = (
                self.env._("May keep split rules and post by them: %s", reason)
                if reason
                else self.env._("May no longer keep split rules and post by them")
            )
            user.partner_id.message_post(
                body=text,
                author_id=self.env.user.partner_id.id,
                subtype_xmlid="mail.mt_note",
            )
