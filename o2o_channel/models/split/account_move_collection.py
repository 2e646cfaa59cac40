from collections import defaultdict
from decimal import Decimal

from odoo import Command, fields, models

from ...engine.money import ZERO


class AccountMove(models.Model):
    """Money of the consumer that somebody else collected (case GN).

    A posted customer invoice of an order whose money a dealer collects is settled by an entry
    between the dealer's clearing and the consumer; a platform's by the money it passes on and
    its fee. What is booked converges to what is due: of a credit note the opposite is due, of
    an invoice that is taken back nothing.
    """

    _inherit = "account.move"

    o2o_collected_invoice_id = fields.Many2one(
        "account.move",
        string="Collection Of",
        readonly=True,
        copy=False,
        index="btree_not_null",
        ondelete="restrict",
        groups="base.group_user",
        help="The customer invoice or credit note whose money this entry says was collected.",
    )
    o2o_collected_order_id = fields.Many2one(
        "sale.order",
        string="Collected For",
        readonly=True,
        copy=False,
        ondelete="restrict",
        groups="base.group_user",
    )

    def _o2o_split_documents(self):
        """Override: what was collected of these documents is booked, too."""
        super()._o2o_split_documents()
        self._o2o_book_collections()

    def _o2o_book_collections(self, day=None):
        """Book what is missing of the collections of these invoices and credit notes.

        :param date day: when it happened; the document's own date by default
        """
        for document in self.filtered(lambda m: m.is_sale_document()).sudo():
            # sudo: an invoicing clerk, or a dealer who delivers, needn't see clearing
            booked = document._o2o_booked_collections()
            targets = document._o2o_collection_targets()
            entries = self.browse()
            for key in dict.fromkeys([*targets, *booked]):
                missing = targets.get(key, ZERO) - booked.get(key, ZERO)
                if missing:
                    entries |= document._o2o_book_collection(key, missing, day)
            if entries:
                entries.o2o_collected_invoice_id = document
                document._o2o_reconcile_collections()

    # === What is due ===
    def _o2o_collection_targets(self):
        """Return ``{(order, dealer, empty for the platform): amount}`` in the document's
        currency; above zero was collected, below zero paid back."""
        if self.state != "posted":
            return {}
        sign = -1 if self.move_type == "out_refund" else 1
        found = defaultdict(lambda: ZERO)
        for order, items in self._o2o_collected_items().items():
            for party, amount in order._o2o_collected_by(items).items():
                found[order, party] += sign * amount
        if len(found) == 1 and self._o2o_is_collected_whole(*found):
            # taxes rounded over the whole document may differ from those of its lines
            found = dict.fromkeys(found, sign * Decimal(str(self.amount_total)))
        return {key: amount for key, amount in found.items() if amount}

    def _o2o_is_collected_whole(self, key):
        """Tell whether one party collected every line of this document."""
        order, _party = key
        lines = self.invoice_line_ids.filtered(lambda i: i.display_type == "product")
        whole = sum(lines.mapped("price_total"))
        parts = order._o2o_collected_by(self._o2o_collected_items()[order])
        return not self.currency_id.compare_amounts(float(sum(parts.values())), whole)

    def _o2o_collected_items(self):
        """Return ``{order: invoice lines}`` of orders that somebody else than HQ collects."""
        found = defaultdict(lambda: self.env["account.move.line"])
        for item in self.invoice_line_ids.filtered("sale_line_ids"):
            order = item.sale_line_ids[:1].order_id
            principal = order.o2o_accounting_mode == "principal"
            if principal and order.o2o_collector not in (False, "hq"):
                found[order] |= item
        return found

    # === What is booked ===
    def _o2o_collection_entries(self):
        return self.search([("o2o_collected_invoice_id", "in", self.ids)], order="id")

    def _o2o_booked_collections(self):
        """Return what `_o2o_collection_targets` returned when it was booked last."""
        booked = defaultdict(lambda: ZERO)
        for entry in self._o2o_collection_entries():
            account = entry.company_id.o2o_clearing_account_id
            own = entry.line_ids.grouped("account_id").get(account, entry.line_ids[:0])
            party = own.partner_id
            items = entry._o2o_receivable_items()
            booked[entry.o2o_collected_order_id, party] -= Decimal(
                str(self.currency_id.round(sum(items.mapped("amount_currency"))))
            )
        return booked

    def _o2o_receivable_items(self):
        return self.line_ids.filtered(
            lambda item: item.account_id.account_type == "asset_receivable"
        )

    # === Booking ===
    def _o2o_book_collection(self, key, amount, day):
        """Book ``amount`` of a party more (below zero: less) and return the entry."""
        order, dealer = key
        receivable = self._o2o_receivable_items()[:1]
        balance = self._o2o_company_amount(amount)
        consumer = (
            receivable.account_id.id,
            -balance,
            {
                "partner_id": receivable.partner_id.id,
                "currency_id": self.currency_id.id,
                "amount_currency": -float(amount),
            },
        )
        day = max(day or self.date, self.date)
        if dealer:
            entry = self._o2o_book_dealer(order, dealer, balance, consumer, day)
        else:
            entry = self._o2o_book_platform(order, balance, consumer, day)
        entry.o2o_collected_order_id = order
        return entry

    def _o2o_company_amount(self, amount):
        """Return an amount of this document in company currency, at the document's rate."""
        currency = self.company_id.currency_id
        if self.currency_id == currency or not self.amount_total:
            return float(amount)
        rate = abs(self.amount_total_signed) / self.amount_total
        return currency.round(float(amount) * rate)

    def _o2o_book_dealer(self, order, dealer, balance, consumer, day):
        count = len(self._o2o_collection_entries())
        lines = self.env["o2o.clearing.line"]._book(
            [
                {
                    "company_id": self.company_id.id,
                    "partner_id": dealer.id,
                    "kind": "collected",
                    "amount": -balance,
                    "date": day,
                    "name": self.env._(
                        "%(order)s, collected for %(document)s",
                        order=order.name,
                        document=self.name,
                    ),
                    "key": f"collected/{self.id}/{order.id}/{dealer.id}/{count}",
                    "order_id": order.id,
                    "res_model": "account.move",
                    "res_id": self.id,
                    "counterparts": [consumer],
                }
            ]
        )
        return lines.sudo().move_id

    def _o2o_book_platform(self, order, balance, consumer, day):
        """Post what the platform passes on and what it keeps, in the platform's name."""
        channel = order.o2o_channel_id
        # of all documents: the fee of several refunds comes to that of the sale
        earlier = self.search([("o2o_collected_order_id", "=", order.id)])
        items = earlier._o2o_receivable_items()
        booked = -Decimal(
            str(self.company_currency_id.round(sum(items.mapped("balance"))))
        )
        name = self.env._(
            "%(order)s, collected by %(platform)s for %(document)s",
            order=order.name,
            platform=channel.platform_partner_id.name or channel.name,
            document=self.name,
        )
        lines = [
            {"account_id": account.id, "balance": part, **values}
            for account, part, values in channel._o2o_platform_parts(
                order.o2o_platform_fee_percent, booked, Decimal(str(balance))
            )
        ]
        account_id, part, values = consumer
        lines.append({"account_id": account_id, "balance": part, **values})
        company = self.company_id
        entry = self.create(
            {
                "move_type": "entry",
                "journal_id": company.o2o_split_journal_id.id,
                "company_id": company.id,
                "date": company._o2o_first_open_date(day),
                "o2o_original_date": day,
                "ref": name,
                "line_ids": [Command.create({"name": name, **line}) for line in lines],
            }
        )
        entry._post(soft=False)
        return entry

    def _o2o_reconcile_collections(self):
        """Settle the document with what was collected of it, as far as both are open."""
        entries = self._o2o_collection_entries()
        posted = self.filtered(lambda move: move.state == "posted")
        items = (posted | entries)._o2o_receivable_items()
        if not posted:  # Odoo leaves a draft reconciled with what paid it
            items.remove_move_reconcile()
        items = items.filtered(lambda item: not item.reconciled)
        for own in items.grouped(
            lambda item: (item.account_id, item.partner_id)
        ).values():
            if len(own) > 1:
                own.reconcile()
