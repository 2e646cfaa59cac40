from odoo import api, models

from ...engine.order_check import shorten


class O2oStockDeclaration(models.Model):
    """The words for what is wrong with a row: its field, its value, the remedy."""

    _inherit = "o2o.stock.declaration"

    @api.model
    def _problem_text(self, problem):
        """A sentence for people, such as of a row of the file with errors."""
        parts = {
            name: shorten(part) if isinstance(part, str) else part
            for name, part in problem.parts.items()
        }
        texts = {**self._problem_texts_of_rows(), **self._problem_texts_of_records()}
        text = texts[problem.code] % {"value": shorten(problem.value), **parts}
        return f"{problem.field}: {text}" if problem.field else text

    @api.model
    def _problem_texts_of_rows(self):
        return {
            "missing": self.env._("It is empty. Fill it in."),
            "not_a_number": self.env._(
                '"%(value)s" is no number. Write digits only, such as 12.'
            ),
            "negative": self.env._(
                "%(value)s is below zero. Nothing can lie there less than 0; write 0."
            ),
            "absurd": self.env._(
                "%(value)s is more than %(limit)s. Check the number of digits."
            ),
            "not_a_time": self.env._(
                '"%(value)s" is no date and time. Write it like 2026-11-20 10:00.'
            ),
            "future": self.env._(
                '"%(value)s" is in the future; it is %(now)s now. Correct the time or the '
                "clock."
            ),
            "too_old": self.env._(
                '"%(value)s" is before the year %(year)s. Correct the date.'
            ),
            "repeated": self.env._(
                "%(value)s stands in several rows (%(rows)s). Leave one row with all of "
                "it."
            ),
        }

    @api.model
    def _problem_texts_of_records(self):
        return {
            "sku": self.env._(
                'No product has the internal reference or barcode "%(value)s". Correct '
                "it, or ask headquarters to add the product."
            ),
            "sku_ambiguous": self.env._(
                '"%(value)s" is the reference or barcode of %(count)s products. Ask '
                "headquarters to give each its own."
            ),
            "archived": self.env._(
                'Product "%(value)s" is archived and no longer sold. Leave the row out, '
                "or ask headquarters to restore the product."
            ),
            "not_stored": self.env._(
                'Stock of "%(value)s" is not tracked. Leave the row out.'
            ),
            "fraction": self.env._(
                "%(value)s is no multiple of %(step)s %(unit)s, the least quantity of the "
                "product. Round it."
            ),
            "store": self.env._(
                '"%(value)s" is another store; these figures are of %(store)s. Declare '
                "each store by itself."
            ),
            "lot_missing": self.env._(
                '"%(value)s" is tracked by lot or serial number. Give one row per lot '
                'with its number in the column "lot".'
            ),
            "lot_needless": self.env._(
                '"%(value)s": the product is not tracked by lot. Leave "lot" empty.'
            ),
            "serial": self.env._(
                "%(value)s: a serial number is there once or not at all. Write 1 or 0."
            ),
        }
