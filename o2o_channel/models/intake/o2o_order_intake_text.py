from odoo import api, models

from ...engine.order_check import shorten


class O2oOrderIntake(models.AbstractModel):
    """The words for what is wrong: the value sent and what to do about it."""

    _inherit = "o2o.order.intake"

    @api.model
    def _problem_text(self, problem):
        """A sentence that names the value and the remedy."""
        parts = {
            name: shorten(part) if isinstance(part, str) and name != "text" else part
            for name, part in problem.parts.items()
        }
        if problem.code == "text":
            return parts["text"]
        if problem.code == "shape":
            return self._shape_text(problem, parts)
        return self._sense_text(problem.code) % {
            "value": shorten(problem.value),
            **parts,
        }

    @api.model
    def _shape_text(self, problem, parts):
        expected = parts.get("expected", "")
        kinds = {
            "text": self.env._("text that is not empty"),
            "decimal": self.env._(
                'an amount of 0 or more as a decimal string such as "1130.00"'
            ),
            "degrees": self.env._("degrees, a number up to ±%s", expected),
            "object": self.env._("a JSON object"),
            "choice": self.env._("one of: %s", expected),
            "reference": self.env._("a reference of 1 to 64 characters without blanks"),
            "currency": self.env._("a currency code of three letters such as CNY"),
            "datetime": self.env._(
                "a date and time with offset such as 2026-11-20T10:00:00+08:00"
            ),
            "country": self.env._("a country code of two letters such as CN"),
            "quantity": self.env._("a number above 0 and up to %s", expected),
            "stock": self.env._("a number from 0 up to %s", expected),
            "lines": self.env._("a list of 1 to %s lines", expected),
            "discounts": self.env._("a list of up to %s discounts", expected),
        }
        return self.env._(
            '"%(value)s" is not accepted here. Send %(kind)s.',
            value=shorten(problem.value),
            kind=kinds.get(parts.get("kind"), kinds["text"]),
        )

    @api.model
    def _sense_text(self, code):
        return (
            self._text_of_shape(code)
            or self._text_of_amount(code)
            or self._text_of_record(code)
        )

    @api.model
    def _text_of_shape(self, code):
        texts = {
            "missing": self.env._("This field is missing. Add it."),
            "unknown_name": self.env._("No such field exists. Known here: %(known)s."),
            "too_long": self.env._(
                '"%(value)s" is longer than %(limit)s characters. Shorten it.'
            ),
            "unprintable": self.env._(
                '"%(value)s" holds control characters. Send plain text.'
            ),
            "too_old": self.env._(
                '"%(value)s" is before the year %(year)s. Correct the date.'
            ),
            "future": self.env._(
                '"%(value)s" is in the future; it is %(now)s now. Correct the date or '
                "the shop's clock."
            ),
            "store_missing": self.env._(
                "An order for pickup names the store. Send its code, or deliver it home."
            ),
            "store_needless": self.env._(
                '"%(value)s": home delivery has no store. Send null, or mode "pickup".'
            ),
            "address_missing": self.env._(
                "Home delivery needs an address. Send at least its country."
            ),
            "repeated": self.env._(
                '"%(value)s" is already the number of line %(first)s. Give each line a '
                "number of its own."
            ),
        }
        return texts.get(code)

    @api.model
    def _text_of_amount(self, code):
        texts = {
            "decimals": self.env._(
                '"%(value)s" has more than the %(decimals)s decimals of the currency. '
                "Round it."
            ),
            "discount_above_line": self.env._(
                '"%(value)s" is more than the line itself, %(line)s. Lower the discount.'
            ),
            "discount_above_order": self.env._(
                '"%(value)s" is more than what is left of the order, %(left)s. Lower the '
                "discount."
            ),
            "discount_tax": self.env._(
                "The order would cost %(odoo)s instead of %(total)s after the discount of "
                "%(value)s, by the taxes of its products. Give them a sales tax that is "
                "included in the price."
            ),
            "absurd_total": self.env._(
                "The order's total %(value)s is above %(limit)s. Check quantities and "
                "prices."
            ),
            "amount_differs": self.env._(
                "%(value)s was paid, but the lines add up to %(total)s. Correct the "
                "amount, the prices or the discounts."
            ),
        }
        return texts.get(code)

    @api.model
    def _text_of_record(self, code):
        return {
            "currency": self.env._(
                '"%(value)s" is not the currency of the channel, %(currency)s. Send '
                "amounts in %(currency)s."
            ),
            "differs": self.env._(
                '"%(value)s" differs from "%(first)s" in row %(row)s of the same order. '
                "Give both the same value, or leave the later one empty."
            ),
            "channel": self.env._(
                'No channel "%(value)s" exists in your companies. Check the code.'
            ),
            "phone": self.env._(
                '"%(value)s" is no phone number in %(country)s. Correct it, give it with '
                "its +country code, or send null."
            ),
            "guide": self.env._(
                'No guide has the code "%(value)s". Correct it, or send null.'
            ),
            "dealer": self.env._(
                'No dealer has the code "%(value)s". Correct it, or send null.'
            ),
            "dealer_state": self.env._(
                'Dealer "%(value)s" is not in business. Name another one, or send null.'
            ),
            "store": self.env._('No store has the code "%(value)s". Correct it.'),
            "country": self.env._('"%(value)s" is no country of ISO 3166. Correct it.'),
            "sku": self.env._(
                'No product for sale has the internal reference "%(value)s". Correct it, '
                "or make the product saleable."
            ),
            "sku_ambiguous": self.env._(
                '"%(value)s" is the internal reference of %(count)s products. Give each '
                "product its own."
            ),
            "quantity_step": self.env._(
                "%(value)s is no multiple of %(rounding)s %(unit)s, the least quantity of "
                "the product. Round it."
            ),
            "tax": self.env._(
                "%(sku)s would cost %(odoo)s in all instead of %(total)s with the taxes "
                '"%(tax)s". Give the product a sales tax that is included in the price.'
            ),
        }[code]
