from freezegun import freeze_time

from odoo import Command

from .common_split import O2oSplitCommon


class O2oReturnsCommon(O2oSplitCommon):
    """Ways in which goods and money come back, and what the books say of it."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._set_stock(cls.store_c2, cls.product, 1000)

    def _by_wizard(self, invoice, at="2026-11-21", modify=False):
        """Reverse an invoice; return the note as draft, or the new invoice to modify."""
        with freeze_time(at):
            wizard = (
                self.env["account.move.reversal"]
                .with_context(active_model="account.move", active_ids=invoice.ids)
                .create(
                    {
                        "journal_id": invoice.journal_id.id,
                        "reason": "returned",
                        "date": at,
                    }
                )
            )
            action = wizard.modify_moves() if modify else wizard.refund_moves()
            return self.env["account.move"].browse(action["res_id"])

    def _post_at(self, move, at):
        with freeze_time(at):
            move.invoice_date = at
            move.action_post()
        return move

    def _from_order(self, order, at="2026-11-22"):
        """The order's own credit note for what came back (no link to the invoice)."""
        with freeze_time(at):
            note = order._create_invoices(final=True)
        return self._post_at(note, at)

    def _by_hand(self, order, price, quantity=1, at="2026-11-21", **values):
        """A credit note typed in, linked to the order's first line only."""
        line = order.order_line[0]
        row = {
            "product_id": line.product_id.id,
            "quantity": quantity,
            "price_unit": price,
            "tax_ids": [Command.set(line.tax_ids.ids)],
            "sale_line_ids": [Command.set(line.ids)],
        }
        note = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": order.partner_id.id,
                "currency_id": order.currency_id.id,
                "invoice_line_ids": [Command.create(row)],
                **values,
            }
        )
        return self._post_at(note, at)

    def _return_of(self, picking, quantity, at):
        """Return a picking, which may itself be a return."""
        with freeze_time(at):
            wizard = (
                self.env["stock.return.picking"]
                .with_context(active_id=picking.id, active_model="stock.picking")
                .create({"picking_id": picking.id})
            )
            wizard.product_return_moves.quantity = quantity
            action = wizard.action_create_returns()
            back = self.env["stock.picking"].browse(action["res_id"])
            back.move_ids.write({"quantity": quantity, "picked": True})
            back.button_validate()
        return back

    def _partly_delivered(self):
        """Three units at 333.00 in two legs; one unit is delivered, two are on their way."""
        order = self._create_order(3, 333.0)
        legs = self._legs_of(order, [1, 2])
        with freeze_time("2026-11-20 04:00:00"):
            self._deliver_legs(legs[:1])
        return order

    def _legs_of(self, order, quantities):
        """Confirm the order and serve its first line in legs of so many units."""
        order.action_confirm()
        order.dispatch_ids.action_cancel()
        line = order.order_line[0]
        legs = self.env["o2o.dispatch"].create(
            [
                {
                    "name": f"{order.name}/L{number}",
                    "order_id": order.id,
                    "warehouse_id": self.store_c2.id,
                    "dealer_id": self.dealer_c2.id,
                    "line_ids": [
                        Command.create({"order_line_id": line.id, "quantity": units})
                    ],
                }
                for number, units in enumerate(quantities, 1)
            ]
        )
        legs.action_offer()
        return legs

    def _assert_entry(self, move, expected):
        """``expected`` {(account, party): balance}; nothing else may be in the entry."""
        found = {}
        for account, party, debit, credit in self._items(move):
            key = (account, party)
            found[key] = round(found.get(key, 0.0) + debit - credit, 2)
        self.assertEqual(
            {key: value for key, value in found.items() if value}, expected
        )
        self.assertEqual(move.state, "posted")

    def _assert_books(self, order, shares):
        """Shares as expected, in the ledger as in the sub-ledger, and complete."""
        found = {
            party: amount for party, amount in self._shares(order).items() if amount
        }
        self.assertEqual(found, shares)
        for partner, name in self._party_names().items():
            if name != "HQ":
                self.assertEqual(
                    self._clearing(partner), shares.get(name, 0.0), f"clearing {name}"
                )
        count = len(order.o2o_split_line_ids)
        order.action_o2o_split()
        order.dispatch_ids._o2o_split()
        self.assertEqual(len(order.o2o_split_line_ids), count, "a second run posted")
        self._check_database()


def cents(*amounts):
    """Name GA's parties in their order."""
    names = ("C2", "B1", "C1", "G", "HQ")
    return {name: amount for name, amount in zip(names, amounts, strict=True) if amount}


def entry(fulfiller, origin, tier1, guide):
    """Return the items of XR's entry for such shares (below zero: taken back)."""
    balances = {
        ("540110", ""): fulfiller,
        ("560110", ""): round(origin + tier1, 2),
        ("560111", ""): guide,
        ("224110", "C2"): -fulfiller,
        ("224110", "B1"): -origin,
        ("224110", "C1"): -tier1,
        ("224110", "G"): -guide,
    }
    return {key: balance for key, balance in balances.items() if balance}
