from freezegun import freeze_time

from odoo import Command

from .common import O2oStockCommon

XR = [("fulfiller", 82), ("origin", 6), ("tier1", 2), ("guide", 3)]


class O2oSplitCommon(O2oStockCommon):
    """Rule XR in force, accounts set up, guide G of B1; only C2's store has goods."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company._o2o_setup_accounting()
        cls._set_stock(cls.store_b1, cls.product, 0)
        cls._set_stock(cls.store_c1, cls.product, 0)
        cls.product.invoice_policy = "order"
        cls.rule = cls._create_rule(XR)
        cls.rule.action_activate()
        person = cls.env["res.partner"].create({"name": "Wang Fang"})
        cls.guide = cls.env["o2o.guide"].create(
            {
                "name": "Wang Fang",
                "code": "G",
                "partner_id": person.id,
                "dealer_id": cls.dealer_b1.id,
                "company_id": cls.company.id,
            }
        )
        cls.consumer = cls.env["res.partner"].create(
            {
                "name": "Li Lei",
                "o2o_region_code": "510104",
                "country_id": cls.env.ref("base.cn").id,
                "partner_latitude": 30.65,
                "partner_longitude": 104.08,
            }
        )
        cls.hq = cls.company.partner_id

    @classmethod
    def _create_rule(cls, shares, residual="hq", **values):
        """A draft of ``(role, rate)`` or ``{field: value}`` shares and a residual."""
        lines = [
            share if isinstance(share, dict) else {"role": share[0], "rate": share[1]}
            for share in shares
        ]
        lines.append({"role": residual, "residual": True})
        return cls.env["o2o.split.rule"].create(
            {
                "name": "Standard Share",
                "code": "XR",
                "company_id": cls.company.id,
                "line_ids": [Command.create(line) for line in lines],
                **values,
            }
        )

    @classmethod
    def _create_order(cls, quantity=1, price=1130.0, lines=None, **values):
        """A Beijing dealer's order for a Chengdu address, not confirmed."""
        rows = lines or [{"product_uom_qty": quantity, "price_unit": price}]
        return cls.env["sale.order"].create(
            {
                "partner_id": cls.consumer.id,
                "o2o_channel_id": cls.channel.id,
                "company_id": cls.company.id,
                "o2o_origin_dealer_id": cls.dealer_b1.id,
                "o2o_guide_id": cls.guide.id,
                "order_line": [
                    Command.create(
                        {
                            "product_id": cls.product.id,
                            "tax_ids": [Command.set(cls.tax_13.ids)],
                            **row,
                        }
                    )
                    for row in rows
                ],
                **values,
            }
        )

    @classmethod
    def _deliver(cls, order, at="2026-11-20 04:00:00"):
        """Confirm the order if need be and bring its open legs to the consumer."""
        with freeze_time(at):
            if order.state == "draft":
                order.action_confirm()
            cls._deliver_legs(order.dispatch_ids)
        return order

    @classmethod
    def _deliver_legs(cls, legs):
        for leg in legs.filtered(lambda leg: leg.state in ("offered", "accepted")):
            if leg.state == "offered":
                leg.action_accept()
            leg.action_ship()
            leg.action_deliver()

    def _delivered(self, quantity=1, price=1130.0, **values):
        return self._deliver(self._create_order(quantity, price, **values))

    def _invoice(self, order, at="2026-11-20"):
        with freeze_time(at):
            invoice = order._create_invoices()
            invoice.invoice_date = at
            invoice.action_post()
        return invoice

    def _credit(self, invoice, quantity=None, price=None, at="2026-11-21"):
        """A posted credit note of the invoice's first line, by the reversal wizard."""
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
            action = wizard.refund_moves()
            note = self.env["account.move"].browse(action["res_id"])
            line = note.invoice_line_ids[0]
            if quantity:
                line.quantity = quantity
            if price is not None:
                line.price_unit = price
            note.invoice_date = at
            note.action_post()
        return note

    def _take_back(self, order, quantity, at="2026-11-21 04:00:00"):
        """Return units to the store that delivered them."""
        with freeze_time(at):
            picking = order.picking_ids.filtered(
                lambda p: p.state == "done" and not p.return_id
            )[:1]
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

    def _shares(self, order, kind=None):
        """``{party code: amount}`` of what the order's split comes to."""
        lines = order.o2o_split_line_ids.filtered(
            lambda line: not kind or line.kind == kind
        )
        names = self._party_names()
        sums = {}
        for line in lines:
            name = names.get(line.partner_id, line.partner_id.name)
            sums[name] = round(sums.get(name, 0.0) + line.amount, 2)
        return sums

    def _party_names(self):
        return {
            self.dealer_c2: "C2",
            self.dealer_b1: "B1",
            self.dealer_c1: "C1",
            self.guide.partner_id: "G",
            self.hq: "HQ",
        }

    def _items(self, move):
        """``[(account, party, debit, credit)]`` of an entry, in order."""
        names = self._party_names()
        return [
            (
                item.account_id.code,
                names.get(item.partner_id, ""),
                item.debit,
                item.credit,
            )
            for item in move.line_ids.sorted("id")
        ]

    def _entries(self, order):
        return order.o2o_split_line_ids.move_id.sorted("id")

    def _legs_over(self, order, stores):
        """Confirm the order and serve its line from several stores."""
        order.action_confirm()
        order.dispatch_ids.action_cancel()
        legs = self.env["o2o.dispatch"]
        for store, quantity in stores.items():
            legs += self.env["o2o.dispatch"].create(
                {
                    "name": f"{order.name}/{store.code}",
                    "order_id": order.id,
                    "warehouse_id": store.id,
                    "dealer_id": store.dealer_id.id,
                    "line_ids": [
                        (
                            0,
                            0,
                            {
                                "order_line_id": order.order_line.id,
                                "quantity": quantity,
                            },
                        )
                    ],
                }
            )
        legs.action_offer()
        return legs

    def _clearing(self, partner):
        """Credit balance of the clearing account for a partner."""
        items = self.env["account.move.line"].search(
            [
                ("account_id", "=", self.company.o2o_clearing_account_id.id),
                ("partner_id", "=", partner.id),
                ("parent_state", "=", "posted"),
            ]
        )
        return round(-sum(items.mapped("balance")), 2)

    def _check_database(self):
        """Run the deferred checks of the database now instead of at commit."""
        self.env.flush_all()
        self.env.cr.execute("SET CONSTRAINTS ALL IMMEDIATE")
        self.env.cr.execute("SET CONSTRAINTS ALL DEFERRED")
