from odoo import api, models
from odoo.exceptions import UserError

# Written by confirming, delivering and splitting; the client of an order never does.
LINE_FIELDS = frozenset(
    "o2o_split_rule_id o2o_split_parties o2o_split_postings o2o_split_note".split()
)
# Taken from the channel.
ORDER_FIELDS = frozenset(["o2o_accounting_mode", "o2o_platform_fee_percent"])


class SaleOrder(models.Model):
    """Who sells an order comes from its channel, never from a form or a client."""

    _inherit = "sale.order"

    @api.model
    def default_get(self, fields):
        """Override of models: neither from a user's own defaults."""
        values = super().default_get(fields)
        return {name: values[name] for name in values.keys() - ORDER_FIELDS}

    @api.model_create_multi
    def create(self, vals_list):
        """Override of sale: as for `write`."""
        self._o2o_check_mode_not_entered(vals_list)
        return super().create(vals_list)

    def write(self, vals):
        """Override of sale: the mode is what the books were told when it was confirmed."""
        self._o2o_check_mode_not_entered([vals])
        return super().write(vals)

    def _o2o_check_mode_not_entered(self, vals_list):
        if not self.env.su and any(ORDER_FIELDS & vals.keys() for vals in vals_list):
            raise UserError(
                self.env._(
                    "Accounting Mode and Platform Fee of %(order)s can't be entered: they are "
                    "those of the order's channel. Choose the channel instead.",
                    order=", ".join(self.mapped("name")) or self.env._("New"),
                )
            )


class SaleOrderLine(models.Model):
    """The rule and the parties of a line are frozen by its confirmation, not entered."""

    _inherit = "sale.order.line"

    @api.model
    def default_get(self, fields):
        """Override of models: neither from a user's own defaults."""
        values = super().default_get(fields)
        return {name: values[name] for name in values.keys() - LINE_FIELDS}

    @api.model_create_multi
    def create(self, vals_list):
        """Override of sale: as for `write`."""
        for vals in vals_list:
            self._o2o_check_not_entered(vals)
        return super().create(vals_list)

    def write(self, vals):
        """Override of sale: nobody names another rule or other payees by hand."""
        self._o2o_check_not_entered(vals)
        return super().write(vals)

    def _o2o_check_not_entered(self, vals):
        entered = LINE_FIELDS & vals.keys()
        if entered and not self.env.su:
            raise UserError(
                self.env._(
                    "%(fields)s of an order line can't be entered: confirming the order "
                    "keeps the rule and the parties of that day. Before it is confirmed, "
                    "change the split rule or the order's dealers.",
                    fields=", ".join(
                        self._fields[name]._description_string(self.env)
                        for name in sorted(entered)
                    ),
                )
            )
