from datetime import timedelta

from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import format_date


class O2oPayoutChannel(models.Model):
    """A way to pay shares out, with the limits its operator sets.

    A payment platform that splits an order's money lets only a part of it go to others.
    What it would refuse is found before a payment is made, so that it goes through accounts
    payable and the bank instead.
    """

    _name = "o2o.payout.channel"
    _description = "Payout Channel"
    _order = "company_id, sequence, id"
    _check_company_auto = True

    name = fields.Char(required=True, translate=True)
    sequence = fields.Integer(default=10)
    active = fields.Boolean(default=True)
    company_id = fields.Many2one(
        "res.company", required=True, default=lambda self: self.env.company, index=True
    )
    currency_id = fields.Many2one(related="company_id.currency_id")
    journal_id = fields.Many2one(
        "account.journal",
        required=True,
        check_company=True,
        domain="[('type', 'in', ('bank', 'cash'))]",
        help="Payments of statements through this journal go through the channel.",
    )
    order_percent = fields.Float(
        string="Most of an Order %",
        digits=(16, 4),
        default=100.0,
        help="Part of what the consumer paid for an order that may go to others, all payees "
        "together and with VAT: 30 with WeChat's split as a rule. 100: no limit.",
    )
    payment_limit = fields.Monetary(
        help="Highest amount of one statement's payment. 0: no limit."
    )
    order_payees = fields.Integer(
        string="Most Payees of an Order",
        help="So many may share in an order's money: 50 with WeChat's split as a rule, 5 with "
        "Alipay's at once. 0: no limit.",
    )
    order_days = fields.Integer(
        string="Days after the Order",
        help="Later the platform has released an order's money to the merchant and splits it "
        "no more: 30 or 180 with WeChat's split as a rule. 0: no limit.",
    )
    individuals = fields.Boolean(
        string="Pays Persons",
        default=True,
        help="Off: persons are paid through the bank. What WeChat's split paid to a person "
        "can't be fetched back after a return.",
    )

    _journal_uniq = models.UniqueIndex(
        "(journal_id) WHERE active",
        "Another payout channel uses this journal.",
    )
    _limits_sane = models.Constraint(
        "CHECK (order_percent > 0 AND order_percent <= 100 AND"
        " (payment_limit IS NULL OR payment_limit >= 0) AND"
        " COALESCE(order_payees, 0) >= 0 AND COALESCE(order_days, 0) >= 0)",
        "The part of an order lies above 0 and up to 100 %, the limits are not negative.",
    )

    @api.model
    def _of_journal(self, journal):
        # sudo: who pays need not have a right on channels; their limits hold all the same
        return self.sudo().search([("journal_id", "in", journal.ids)])

    # === Pre-flight ===
    def _check_statements(self, statements):
        """Raise for the first statement that this channel would refuse to pay."""
        for channel in self:
            for statement in statements:
                reason = channel._refusal(statement)
                if reason:
                    raise UserError(
                        self.env._(
                            "%(channel)s can't pay statement %(name)s: %(reason)s Pay it "
                            "through accounts payable and the bank.",
                            channel=channel.name,
                            name=statement.name,
                            reason=reason,
                        )
                    )

    def _refusal(self, statement):
        """Return why the channel can't pay ``statement``, or an empty text."""
        self.ensure_one()
        reason = self._refused_payment(statement)
        if reason or not (
            self.order_percent < 100 or self.order_payees or self.order_days
        ):
            return reason
        orders = statement._composition().order_id
        return (
            self._refused_day(orders)
            or self._refused_part(orders)
            or self._refused_payees(orders)
        )

    def _refused_payment(self, statement):
        """Return what is wrong with the payment itself, whatever orders it is of."""
        currency, amount = self.currency_id, statement.amount_payable
        if statement.payee_kind == "individual" and not self.individuals:
            return self.env._("%s is a person.", statement.partner_id.name)
        if (
            self.payment_limit
            and currency.compare_amounts(amount, self.payment_limit) > 0
        ):
            return self.env._(
                "%(amount)s is more than %(limit)s, the most of one payment.",
                amount=currency.format(amount),
                limit=currency.format(self.payment_limit),
            )
        return ""

    def _refused_day(self, orders):
        today = self.company_id._o2o_today()
        for order in orders if self.order_days else ():
            last = order._o2o_day() + timedelta(days=self.order_days)
            if today > last:
                return self.env._(
                    "order %(order)s of %(day)s could be split until %(last)s.",
                    order=order.name,
                    day=format_date(self.env, order._o2o_day()),
                    last=format_date(self.env, last),
                )
        return ""

    def _refused_part(self, orders):
        currency = self.currency_id
        payouts = orders._o2o_payouts() if self.order_percent < 100 else {}
        for order, needed in payouts.items():
            paid = order._o2o_amount_in_company_currency()
            limit = currency.round(paid * self.order_percent / 100)
            if currency.compare_amounts(needed, limit) > 0:
                return self.env._(
                    "order %(order)s needs %(needed)s of %(paid)s for its payees, more than "
                    "%(limit)s (%(percent)s %%).",
                    order=order.name,
                    needed=currency.format(needed),
                    paid=currency.format(paid),
                    limit=currency.format(limit),
                    percent=f"{self.order_percent:g}",
                )
        return ""

    def _refused_payees(self, orders):
        counts = orders._o2o_payee_counts() if self.order_payees else {}
        for order, count in counts.items():
            if count > self.order_payees:
                return self.env._(
                    "order %(order)s has %(count)s payees, more than %(limit)s.",
                    order=order.name,
                    count=count,
                    limit=self.order_payees,
                )
        return ""


class SaleOrder(models.Model):
    _inherit = "sale.order"

    def _o2o_amount_in_company_currency(self):
        self.ensure_one()
        company = self.company_id
        day = self.date_order.date() if self.date_order else fields.Date.today()
        return self.currency_id._convert(
            self.amount_total, company.currency_id, company, day
        )

    def _o2o_payee_counts(self):
        """Return ``{order: how many others than headquarters get something}``."""
        # sudo: the limit counts every payee, also those the user can't see
        groups = (
            self.env["o2o.split.line"]
            .sudo()
            ._read_group(
                [("order_id", "in", self.ids), ("role", "!=", "hq")],
                ["order_id", "partner_id"],
                ["amount:sum"],
            )
        )
        counts = dict.fromkeys(self, 0)
        for order, partner, amount in groups:
            company = order.company_id
            if partner != company.partner_id and not company.currency_id.is_zero(
                amount
            ):
                counts[self.browse(order.id)] += 1
        return counts

    def _o2o_payouts(self):
        """Return ``{order: what all its payees get}``, with the VAT of their bills."""
        # sudo: the limit counts every payee, also those the user can't see
        groups = (
            self.env["o2o.split.line"]
            .sudo()
            ._read_group(
                [("order_id", "in", self.ids), ("role", "!=", "hq")],
                ["order_id", "partner_id", "role"],
                ["amount:sum"],
            )
        )
        totals = dict.fromkeys(self, 0.0)
        for order, partner, role, amount in groups:
            company = order.company_id
            if partner and partner != company.partner_id:
                share = self.env["o2o.settlement"].sudo()._payee_draft(company, partner)
                tax = share._role_taxes({share: {role: amount}})[share, role]
                order = self.browse(order.id)
                totals[order] += amount + share._role_tax(amount, tax)["tax_amount"]
        return {
            order: order.company_id.currency_id.round(total)
            for order, total in totals.items()
        }


class O2oSettlement(models.Model):
    _inherit = "o2o.settlement"

    payout_notice = fields.Text(
        string="Payout Channels",
        compute="_compute_payout_notice",
        help="Which of the company's payout channels can pay this statement, and why not.",
    )

    @api.depends("amount_payable", "company_id")
    def _compute_payout_notice(self):
        channels = self.env["o2o.payout.channel"].search(
            [("company_id", "in", self.company_id.ids)]
        )
        for statement in self:
            mine = channels.filtered(
                lambda channel, own=statement: channel.company_id == own.company_id
            )
            statement.payout_notice = "\n".join(
                f"{channel.name}: {channel._refusal(statement) or self.env._('possible')}"
                for channel in mine
            )

    def _payee_draft(self, company, partner):
        """Return a statement that isn't stored, to ask what VAT a payee's bill has."""
        business = partner.o2o_taxpayer != "individual" and (
            partner.is_dealer or partner.is_company
        )
        return self.new(
            {
                "company_id": company.id,
                "partner_id": partner.id,
                "payee_kind": "business" if business else "individual",
            }
        )
