import logging
from datetime import timezone

from psycopg2 import IntegrityError

from odoo import Command, api, models
from odoo.exceptions import ConcurrencyError, UserError

from ...engine import order_check
from .exceptions import OrderConflict, OrderRefused

_logger = logging.getLogger(__name__)

# Indexes that another transaction with the same order or consumer may hit first.
RACED_INDEXES = (
    "sale_order_o2o_external_ref_uniq",
    "res_partner_o2o_consumer_ref_uniq",
)


class O2oOrderIntake(models.AbstractModel):
    """The one way in for orders from outside, posted or imported.

    A payload is a dict of the shape of ``engine.order_schema.ORDER``. It is taken
    whole or not at all, and once: the same reference and content again gives the same
    order.
    """

    _name = "o2o.order.intake"
    _description = "Order Intake"

    @api.model
    def _take(self, channel, payload):
        """Take one order: ``(sale.order, whether it is new)``.

        Raises OrderRefused, OrderConflict, or ConcurrencyError when another
        transaction is just taking the same order: try again in a new one.
        """
        [result] = self._take_many(channel, [payload])
        if isinstance(result, UserError):
            raise result
        return result

    @api.model
    def _take_many(self, channel, payloads):
        """Take a batch of orders: for each ``(order, is new)`` or a UserError.

        Fast when all is well; a batch that fails is taken one by one, so that each
        failing order has its own reason.
        """
        intake = self._with_intake_env(channel)
        results = dict(enumerate(intake._check_many(channel, payloads)))
        todo, repeats = intake._first_of_each(payloads, results)
        try:
            orders = intake._create_orders(channel, [payloads[i] for i in todo])
            results.update(zip(todo, orders, strict=True))
        except UserError as error:
            if len(todo) == 1:
                results[todo[0]] = intake._as_refusal(error)
            else:
                repeats = [*todo, *repeats]
        for index in repeats:
            [results[index]] = intake._take_many(channel, [payloads[index]])
        return [results[index] for index in range(len(payloads))]

    @api.model
    def _first_of_each(self, payloads, results):
        """Which payloads to take together, and which repeat one of them."""
        todo, repeats, seen = [], [], set()
        for index, payload in enumerate(payloads):
            if results[index] is not None:
                continue
            again = payload["external_ref"] in seen
            (repeats if again else todo).append(index)
            seen.add(payload["external_ref"])
        return todo, repeats

    @api.model
    def _with_intake_env(self, channel):
        # sudo: who hands orders in may not read products, dealers or other orders;
        # whether the user may use the channel was checked before
        return (
            self.sudo()
            .with_company(channel.company_id)
            .with_context(tracking_disable=True, mail_create_nosubscribe=True)
        )

    @api.model
    def _find_known(self, channel, payloads):
        """The orders of these references in the channel, by reference."""
        references = [payload["external_ref"] for payload in payloads]
        orders = self.env["sale.order"].search(
            [
                ("o2o_channel_id", "=", channel.id),
                ("o2o_external_ref", "in", references),
            ]
        )
        return {order.o2o_external_ref: order for order in orders}

    @api.model
    def _result_of_known(self, order, payload):
        if order.o2o_payload_digest == order_check.digest(payload):
            return order, False
        return OrderConflict(
            self.env._(
                "Order %(ref)s of channel %(channel)s was taken before with another "
                "content, as %(order)s. Send what is new under a new reference, or change "
                "the order in Odoo.",
                ref=order.o2o_external_ref,
                channel=order.o2o_channel_id.code,
                order=order.name,
            )
        )

    @api.model
    def _create_orders(self, channel, payloads):
        """Create and confirm orders that were checked: all of them or none."""
        if not payloads:
            return []
        try:
            with self.env.cr.savepoint():
                self.env["o2o.intake.claim"]._claim(
                    f"order:{channel.id}:{payload['external_ref']}"
                    for payload in payloads
                )
                references = self._load_references(channel, payloads)
                consumers = self._consumers_of(channel, payloads)
                orders = self.env["sale.order"].create(
                    [
                        self._prepare_order_vals(channel, payload, contacts, references)
                        for payload, contacts in zip(payloads, consumers, strict=True)
                    ]
                )
                for order, payload in zip(orders, payloads, strict=True):
                    self._settle_totals(order, payload)
                    self._add_discounts(order, payload)
                paid = [p["payment"]["status"] == "paid" for p in payloads]
                orders.filtered(lambda o: paid[orders.ids.index(o.id)]).action_confirm()
        except IntegrityError as error:
            if error.diag.constraint_name not in RACED_INDEXES:
                raise
            raise ConcurrencyError(str(error)) from error
        return [(order, True) for order in orders]

    @api.model
    def _prepare_order_vals(self, channel, payload, contacts, references):
        """Values of one order; ``contacts`` are the consumer and the address."""
        delivery = payload["delivery"]
        moment = order_check.moment(payload["ordered_at"])
        ordered_at = moment.astimezone(timezone.utc).replace(tzinfo=None, microsecond=0)
        consumer, address = contacts
        vals = {
            "company_id": channel.company_id.id,
            "partner_id": consumer.id,
            "partner_invoice_id": consumer.id,
            "partner_shipping_id": address.id,
            "pricelist_id": channel.pricelist_id.id,
            "user_id": False,
            "require_payment": False,
            "require_signature": False,
            "client_order_ref": payload["external_ref"],
            "date_order": ordered_at,
            "o2o_channel_id": channel.id,
            "o2o_external_ref": payload["external_ref"],
            "o2o_payload_digest": order_check.digest(payload),
            "o2o_ordered_at": ordered_at,
            "o2o_guide_id": _id_of(references.guides, payload.get("guide")),
            "o2o_delivery_mode": delivery["mode"],
            "o2o_pickup_warehouse_id": _id_of(references.stores, delivery.get("store")),
            "o2o_consumer_phone": address.phone or consumer.phone,
            "order_line": [
                Command.create(self._prepare_line_vals(channel, line, references))
                for line in payload["lines"]
            ],
        }
        if payload.get("origin_dealer"):
            vals["o2o_origin_dealer_id"] = references.dealers[
                payload["origin_dealer"]
            ].id
        return vals

    @api.model
    def _prepare_line_vals(self, channel, line, references):
        """Values of one line; its price already holds the discount.

        Odoo knows discounts in percent of two decimals only, which can't give every
        amount. A unit price of full precision gives each total to the cent.
        """
        decimals = channel.currency_id.decimal_places
        discount = float(line.get("discount") or 0)
        price = float(line["price"])
        if discount:
            total = order_check.line_total(line, decimals)
            price = float(total) / float(line["quantity"])
        vals = {
            "product_id": references.products[line["sku"]].id,
            "product_uom_qty": float(line["quantity"]),
            "price_unit": price,
            "technical_price_unit": 0.0,
            "discount": 0.0,
            "o2o_discount": discount,
            "o2o_external_line": line["external_line"],
        }
        if not references.has_analytic_models:
            # Odoo would search for one twice per line
            vals["analytic_distribution"] = False
        return vals

    @api.model
    def _settle_totals(self, order, payload):
        """See that each line costs exactly what the consumer paid for it.

        Prices come with tax. A product whose tax is not in its price gets the price
        without it; where that can't give the same cent, the order is refused.
        """
        decimals = order.currency_id.decimal_places
        for index, (line, sent) in enumerate(
            zip(order.order_line, payload["lines"], strict=True)
        ):
            total = float(order_check.line_total(sent, decimals))
            if order.currency_id.compare_amounts(line.price_total, total):
                line.price_unit = self._price_without_tax(line, total)
            if order.currency_id.compare_amounts(line.price_total, total):
                raise self._refusal(
                    order_check.Problem(
                        order_check.pointer("lines", index, "price"),
                        sent["price"],
                        "tax",
                        {
                            "sku": sent["sku"],
                            "total": f"{total:.{decimals}f}",
                            "odoo": f"{line.price_total:.{decimals}f}",
                            "tax": ", ".join(line.tax_ids.mapped("name")),
                        },
                    )
                )

    @api.model
    def _price_without_tax(self, line, total):
        """Unit price without the taxes that come on top of it."""
        on_top = line.tax_ids.flatten_taxes_hierarchy().filtered(
            lambda tax: tax.amount_type == "percent" and not tax.price_include
        )
        net = total / (1 + sum(on_top.mapped("amount")) / 100)
        return net / line.product_uom_qty

    @api.model
    def _as_refusal(self, error):
        """Another room's refusal at confirmation, as the answer to the order."""
        if isinstance(error, (OrderRefused, OrderConflict)):
            return error
        message = str(error)
        return OrderRefused(
            message, [{"field": "/", "value": None, "message": message}]
        )


def _id_of(records_by_code, code):
    return records_by_code[code].id if code else False
