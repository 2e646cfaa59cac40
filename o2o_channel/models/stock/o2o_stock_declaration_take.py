import base64
from datetime import timezone

from psycopg2 import IntegrityError

from odoo import api, fields, models
from odoo.exceptions import ConcurrencyError, UserError

from ...engine import stock_file
from ...engine.stock_file import without_tail
from .exceptions import DeclarationConflict

AT_ONCE = 300  # rows that are applied while the user waits
CRON = "o2o_channel.ir_cron_o2o_stock_declaration"
RACED_INDEXES = (
    "o2o_stock_declaration_digest_uniq",
    "o2o_stock_declaration_reference_uniq",
)


class O2oStockDeclaration(models.Model):
    """The one way in for stock that is declared, through whichever door."""

    _inherit = "o2o.stock.declaration"

    content = fields.Binary(attachment=True, readonly=True)
    name = fields.Char(string="File", readonly=True)

    @api.model
    def _take(self, store, rows, source, counted_at=None, **options):
        """Declare rows of a store: a few at once, many in the background.

        :param rows: list of ``engine.table_file.Row`` with the cells of
            ``engine.stock_file.COLUMNS``; ``product`` may hold a product's id
        :param counted_at: naive, UTC; of rows without a time of their own
        :param options: ``kind``, ``reference``, ``name``; ``now`` (apply at once,
            however many); ``repeat``, what makes a repeat of rows without a time
        :return: the declaration, and whether it is new: a repeat gives the first one
        """
        said = [sorted(row.cells.items()) for row in rows]
        content = stock_file.keep_rows(rows)
        now = options.pop("now", False)
        values = {"row_total": len(rows), **options}
        if not now and len(rows) > AT_ONCE:
            values["content"] = base64.b64encode(content)
        one, is_new = self._create_or_find(
            store, source, counted_at, (options.get("kind"), said), values
        )
        if is_new and not one.content:
            one._apply_rows(rows)
        elif is_new:
            # sudo: the scheduled action is the system's
            self.env.ref(CRON).sudo()._trigger()
        return one, is_new

    @api.model
    def _create_or_find(self, store, source, counted_at, said, values):
        """A new declaration, or the one in which the same was said before."""
        # sudo: stores declare through doors that know whose store it is; nobody has
        # the right to write declarations
        declarations = self.sudo().with_context(tracking_disable=True)
        moment = counted_at or fields.Datetime.now()
        self._check_moment(moment)
        reference, repeat = values.get("reference"), values.pop("repeat", None)
        digest = None
        if counted_at or reference or repeat:
            # what was said without a time is said of now: no repeat of anything
            digest = stock_file.digest(counted_at, reference, repeat, said)
        known = declarations._find_known(store, digest, reference)
        if known:
            return known.with_env(self.env), False
        try:
            with self.env.cr.savepoint():
                one = declarations.create(
                    {
                        "warehouse_id": store.id,
                        "source": source,
                        "counted_at": moment,
                        "digest": digest,
                        **values,
                    }
                )
        except IntegrityError as error:
            if error.diag.constraint_name not in RACED_INDEXES:
                raise
            raise ConcurrencyError(str(error)) from error
        return one, True

    @api.model
    def _check_moment(self, moment):
        now = fields.Datetime.now()
        code = stock_file.check_moment(moment, now)
        if code:
            problem = stock_file.Problem(
                "counted_at",
                f"{moment:%Y-%m-%d %H:%M} UTC",
                code,
                {"now": f"{now:%Y-%m-%d %H:%M} UTC", "year": stock_file.OLDEST_YEAR},
            )
            raise UserError(self._problem_text(problem))

    @api.model
    def _find_known(self, store, digest, reference):
        own = [("warehouse_id", "=", store.id)]
        known = self.browse()
        if digest:
            known = self.search([*own, ("digest", "=", digest)], limit=1)
        if known or not reference:
            return known
        other = self.search([*own, ("reference", "=", reference)], limit=1)
        if other:
            raise DeclarationConflict(
                self.env._(
                    "Reference %(reference)s of store %(store)s was declared before "
                    "with another content. Send what is new under a new reference.",
                    reference=reference,
                    store=store.code,
                )
            )
        return known

    def _apply_rows(self, rows):
        """Apply all rows in this transaction."""
        self._apply(self._check_rows(rows))
        self._finish()

    @api.model
    def _note_moved(self, store, name, quantities):
        """Note a transfer into the pool, which has changed it already.

        :param quantities: {product: received}
        """
        # sudo: see _create_or_find
        one = self.sudo().create(
            {
                "warehouse_id": store.id,
                "kind": "moved",
                "source": "picking",
                "counted_at": fields.Datetime.now(),
                "name": name,
                "state": "done",
                "row_total": len(quantities),
            }
        )
        figures = store._o2o_stock_figures(
            self.env["product.product"].union(*quantities)
        )
        self.env["o2o.stock.declaration.line"].sudo().create(
            [
                {
                    "declaration_id": one.id,
                    "company_id": store.company_id.id,
                    "warehouse_id": store.id,
                    "kind": "moved",
                    "number": number,
                    "sku": self._sku_of(product),
                    "quantity_text": without_tail(quantity),
                    "quantity": quantity,
                    "product_id": product.id,
                    "counted_at": one.counted_at,
                    "quantity_before": figure - quantity,
                    "quantity_after": figure,
                    "outcome": "applied",
                }
                for number, (product, quantity) in enumerate(quantities.items(), 1)
                for figure in [float(figures[store.id, product.id].declared)]
            ]
        )
        return one

    def _finish(self):
        self.write({"state": "done"})
        if self.short_count or self.refused_count:
            self._tell_headquarters()

    def _tell_headquarters(self):
        """An activity where orders may lack their goods; the rest is on the form."""
        if not self.short_count:
            return
        manager = self.company_id._o2o_manager()
        self.activity_schedule(
            "mail.mail_activity_data_todo",
            user_id=manager.id,
            summary=self.env._("Declared below what is reserved"),
            note=self.env._(
                "%(store)s declared less than its open deliveries have reserved, in "
                "%(count)s lines. Look at the lines and find another store for what "
                "can't be shipped.",
                store=self.warehouse_id.name,
                count=self.short_count,
            ),
        )


def as_utc(moment):
    """A moment as the database keeps it: naive, in UTC, without fractions."""
    if moment and moment.tzinfo:
        moment = moment.astimezone(timezone.utc).replace(tzinfo=None)
    return moment and moment.replace(microsecond=0)
