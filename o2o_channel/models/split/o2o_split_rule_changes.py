from markupsafe import Markup

from odoo import api, fields, models

# What of a rule is compared, beside its shares.
COMPARED = (
    "name", "sequence", "channel_ids", "region_ids", "categ_ids", "product_ids", "flow",
    "date_from", "date_to", "absent_share_to", "remainder",
)  # fmt: skip
TABLE = Markup(
    "<table class='table table-sm o_o2o_split_changes'><thead><tr><th>%s</th><th>%s</th>"
    "<th>%s</th></tr></thead><tbody>%s</tbody></table>"
)
ROW = Markup("<tr><td>%s</td><td>%s</td><td>%s</td></tr>")


class O2oSplitRule(models.Model):
    """What a version changes of the one before it: for the approver, and afterwards."""

    _inherit = "o2o.split.rule"

    former_id = fields.Many2one(
        "o2o.split.rule",
        string="Version Before",
        compute="_compute_former_id",
        help="The one with the next lower number.",
    )
    changes_html = fields.Html(
        string="Changes", compute="_compute_changes_html", sanitize=False
    )

    @api.depends("version", "root_id")
    def _compute_former_id(self):
        for rule in self:
            versions = rule._origin._versions() if rule._origin else rule.browse()
            earlier = versions.filtered(lambda one, own=rule: one.version < own.version)
            rule.former_id = earlier.sorted("version")[-1:]

    @api.depends("former_id", "line_ids", *COMPARED)
    @api.depends_context("lang")
    def _compute_changes_html(self):
        for rule in self:
            former = rule.former_id
            rule.changes_html = rule._changes_from(former) if former else False

    def _changes_from(self, former):
        """Return an HTML table of what differs from another version, or a sentence."""
        self.ensure_one()
        rows = [
            (self._fields[name]._description_string(self.env), *pair)
            for name in COMPARED
            if (pair := (former._shown(name), self._shown(name))) and pair[0] != pair[1]
        ]
        before, after = former._shown_shares(), self._shown_shares()
        rows += [
            (role, before.get(role, "–"), after.get(role, "–"))
            for role in dict.fromkeys([*before, *after])
            if before.get(role) != after.get(role)
        ]
        if not rows:
            return Markup("<p>%s</p>") % self.env._("Nothing differs.")
        return TABLE % (
            self.env._("What"),
            former.display_name,
            self.display_name,
            Markup("").join(ROW % row for row in rows),
        )

    def _shown(self, name):
        """Return a field's value as people read it."""
        field, value = self._fields[name], self[name]
        if field.type == "many2many":
            return ", ".join(value.sorted("id").mapped("display_name")) or "–"
        if field.type == "selection":
            return dict(field._description_selection(self.env)).get(value, "–")
        return str(value or "–")

    def _shown_shares(self):
        """Return ``{role: its shares as people write them}``."""
        labels = dict(self.line_ids._fields["role"]._description_selection(self.env))
        return {
            labels[role]: ", ".join(lines.mapped("display_name"))
            for role, lines in self.line_ids.grouped("role").items()
            if role
        }
