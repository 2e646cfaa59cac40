from markupsafe import Markup

from odoo import api, fields, models
from odoo.tools import format_date

ROW = Markup("<tr><th class='fw-normal text-muted'>%s</th><td>%s</td></tr>")
TABLE = Markup("<table class='table table-sm o_o2o_split_why'>%s</table>")


class O2oSplitWhy(models.TransientModel):
    """Answers why a share is what it is: rule, steps, rounding, what was posted before."""

    _name = "o2o.split.why"
    _description = "Why This Amount?"

    line_id = fields.Many2one(
        "o2o.split.line", string="Share", required=True, readonly=True
    )
    rule_id = fields.Many2one(related="line_id.rule_id")
    order_id = fields.Many2one(related="line_id.order_id")
    order_line_id = fields.Many2one(related="line_id.order_line_id")
    move_id = fields.Many2one(related="line_id.move_id")
    answer = fields.Html(compute="_compute_answer", sanitize=False)

    @api.constrains("line_id")
    def _check_line(self):
        """Related fields are read with all rights: the share must be the user's to read."""
        self.line_id.check_access("read")

    @api.depends("line_id")
    def _compute_answer(self):
        for wizard in self:
            wizard.answer = wizard._get_answer() if wizard.line_id else False

    def _get_answer(self):
        why = self.line_id._why()
        money = why["currency"].format
        kinds = dict(self.line_id._fields["kind"]._description_selection(self.env))
        rows = [(title, text) for title, text in why["steps"]]
        rows.append((self.env._("Posted here"), money(why["amount"])))
        if len(why["history"]) > 1:
            rows += [
                (
                    f"{format_date(self.env, part['date'])} {kinds[part['kind']]}",
                    money(part["amount"]),
                )
                for part in why["history"]
            ]
            rows.append((self.env._("Posted in all"), money(why["posted"])))
        table = TABLE % Markup("").join(ROW % row for row in rows)
        return table + self._get_verdict(why, money)

    def _get_verdict(self, why, money):
        if why["agrees"]:
            text = self.env._(
                "Worked out again from the frozen rule and what was delivered and returned: "
                "%(due)s. That is what is posted.",
                due=money(why["due"]),
            )
        elif why["due"] is None:
            text = self.env._("It can't be worked out again: %s", why["note"])
        else:
            text = self.env._(
                "Worked out again from the frozen rule and what was delivered and returned: "
                "%(due)s. Posted: %(posted)s. Split the order again.",
                due=money(why["due"]),
                posted=money(why["posted"]),
            )
        style = "success" if why["agrees"] else "warning"
        return Markup("<div class='alert alert-%s mb-0'>%s</div>") % (style, text)
