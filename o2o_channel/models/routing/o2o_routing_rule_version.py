from odoo import api, fields, models
from odoo.exceptions import UserError

# What may change of a version that has been used: where it stands, not what it says.
OPEN_FIELDS = frozenset(
    {"name", "note", "sequence", "active", "user_id", "date_to", "state"}
)


class O2oRoutingRule(models.Model):
    """Versions of a rule: what was decided under one can be read for good."""

    _inherit = "o2o.routing.rule"

    version = fields.Integer(default=1, readonly=True, copy=False)
    state = fields.Selection(
        [("draft", "Draft"), ("active", "In Force"), ("superseded", "Superseded")],
        required=True,
        default="active",
        readonly=True,
        copy=False,
        index=True,
        help="Drafts and superseded versions route nothing. An order that is on its way "
        "from store to store goes on under the version it started with.",
    )
    root_id = fields.Many2one(
        "o2o.routing.rule",
        string="First Version",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
    )
    version_count = fields.Integer(compute="_compute_version_count")
    used = fields.Boolean(
        compute="_compute_used",
        help="Orders were routed under this version: it can't be edited any more.",
    )

    @api.depends("version", "name")
    def _compute_display_name(self):
        for rule in self:
            later = rule.version > 1
            rule.display_name = f"{rule.name} (v{rule.version})" if later else rule.name

    def _compute_version_count(self):
        for rule in self:
            rule.version_count = len(rule._versions())

    def _compute_used(self):
        # sudo: a rule is used whoever may see the legs
        groups = (
            self.env["o2o.dispatch"]
            .sudo()
            ._read_group([("rule_id", "in", self.ids)], ["rule_id"])
        )
        used = {rule.id for (rule,) in groups}
        for rule in self:
            rule.used = rule.id in used

    def _versions(self):
        """Every version of the same rule."""
        self.ensure_one()
        root = self.root_id or self
        return self.with_context(active_test=False).search(
            ["|", ("id", "=", root.id), ("root_id", "=", root.id)]
        )

    def write(self, vals):
        if not OPEN_FIELDS.issuperset(vals):
            for rule in self.filtered("used"):
                raise UserError(
                    self.env._(
                        "Orders were routed under %(rule)s, so it can't be edited any "
                        "more. Make a new version of it.",
                        rule=rule.display_name,
                    )
                )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_used(self):
        for rule in self.filtered("used"):
            raise UserError(
                self.env._(
                    "Orders were routed under %(rule)s, which stays on record. Archive "
                    "it instead of deleting it.",
                    rule=rule.display_name,
                )
            )

    def action_new_version(self):
        """Copy the rule into a draft that will take its place, and open it."""
        self.ensure_one()
        root = self.root_id or self
        draft = self.copy(
            {
                "name": self.name,
                "state": "draft",
                "root_id": root.id,
                "version": max(self._versions().mapped("version")) + 1,
            }
        )
        return draft._get_form_action()

    def action_activate(self):
        """Put drafts in force; the version in force of the same rule is superseded."""
        for rule in self:
            if rule.state != "draft":
                raise UserError(
                    self.env._("%(rule)s is not a draft.", rule=rule.display_name)
                )
            former = rule._versions().filtered(lambda r: r.state == "active")
            former.write({"state": "superseded"})
            rule.write({"state": "active"})
        return True

    def action_view_versions(self):
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Versions of %(rule)s", rule=self.name),
            "res_model": self._name,
            "view_mode": "list,form",
            "domain": [("id", "in", self._versions().ids)],
            "context": {"active_test": False},
        }

    def _get_form_action(self):
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": self.id,
            "view_mode": "form",
        }
