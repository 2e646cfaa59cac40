from odoo import fields, models
from odoo.exceptions import AccessError, UserError


class O2oSplitRule(models.Model):
    """The life of a version: activate, supersede, archive."""

    _inherit = "o2o.split.rule"

    def action_activate(self):
        """Put drafts in force; the active version of the same rule is superseded.

        Maker isn't checker: an approver who neither wrote nor last changed the draft.
        """
        for rule in self:
            rule._check_activation()
            former = rule._versions().filtered(
                lambda version: version.state == "active"
            )
            # sudo: the approver needs no right to edit rules, only to put them in force
            former.sudo().write(
                {"state": "superseded", "superseded_on": fields.Datetime.now()}
            )
            former.flush_recordset(["state"])
            rule.sudo().write(
                {
                    "state": "active",
                    "approved_by_id": self.env.uid,
                    "approved_on": fields.Datetime.now(),
                }
            )
        return True

    def _check_activation(self):
        self.ensure_one()
        if (
            not self.env.user.has_group("o2o_channel.o2o_group_approver")
            and not self.env.su
        ):
            raise AccessError(
                self.env._("Only an approver activates a split rule: ask one of them.")
            )
        if self.state != "draft":
            raise UserError(self.env._("%(rule)s is no draft.", rule=self.display_name))
        if self.env.user in (self.author_id | self.create_uid) and not self.env.su:
            raise UserError(
                self.env._(
                    "You wrote %(rule)s yourself: another approver must activate it.",
                    rule=self.display_name,
                )
            )
        if not self.line_ids:
            raise UserError(
                self.env._(
                    "%(rule)s has no shares yet: add them.", rule=self.display_name
                )
            )
        self._to_engine()

    def _versions(self):
        """Return all versions of the same rule."""
        self.ensure_one()
        root = self.root_id or self
        return self.search(["|", ("id", "=", root.id), ("root_id", "=", root.id)])

    def action_new_version(self):
        """Copy the rule into a draft that will take its place, and open it."""
        self.ensure_one()
        self.check_access("write")
        root = self.root_id or self
        values = self.copy_data()[0] | {
            "sequence": self.sequence,
            "code": self.code,
            "name": self.name,
        }
        values |= {
            "version": max(self._versions().mapped("version")) + 1,
            "root_id": root.id,
            "author_id": self.env.uid,
        }
        # sudo: version and root are set here and nowhere else; access was checked above
        draft = self.sudo().create(values)
        return {
            "type": "ir.actions.act_window",
            "res_model": self._name,
            "res_id": draft.id,
            "view_mode": "form",
        }

    def action_archive_version(self):
        """Take versions out of use; orders that were confirmed under them keep them."""
        self._check_archiving()
        # sudo: the state is set by these actions alone
        self.sudo().write({"state": "archived", "superseded_on": fields.Datetime.now()})
        return True

    def _check_archiving(self):
        """Its writers drop a draft; what is in force takes an approver to end."""
        if all(rule.state == "draft" for rule in self):
            self.check_access("write")
            return
        self.check_access("read")
        if (
            not self.env.user.has_group("o2o_channel.o2o_group_approver")
            and not self.env.su
        ):
            raise AccessError(
                self.env._(
                    "Only an approver takes a rule in force out of use: ask one of them."
                )
            )

    def action_simulate(self):
        """Open a new simulation of past orders under this version."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "res_model": "o2o.split.simulation",
            "view_mode": "form",
            "context": {
                "default_rule_id": self.id,
                "default_name": self.env._("Past orders under %s", self.display_name),
            },
        }

    def action_view_split_lines(self):
        """Open the split lines that used this version."""
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_split_line_action"
        )
        return action | {"domain": [("rule_id", "=", self.id)]}
