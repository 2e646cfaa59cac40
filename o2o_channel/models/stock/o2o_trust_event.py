from odoo import api, fields, models
from odoo.exceptions import UserError
from odoo.tools import SQL

KINDS = [("fill", "Offer"), ("count", "Count")]
STATES = [("valid", "Valid"), ("appealed", "Appealed"), ("struck", "Struck")]


class O2oTrustEvent(models.Model):
    """Something that told how good a store's figures are. Written once; only whether it
    counts may change, by an appeal."""

    _name = "o2o.trust.event"
    _description = "Trust Event"
    _order = "date desc, id desc"
    _rec_name = "reference"

    warehouse_id = fields.Many2one(
        "stock.warehouse",
        string="Store",
        required=True,
        readonly=True,
        ondelete="restrict",
    )
    # precomputed: written with the row, not by a second statement
    company_id = fields.Many2one(
        related="warehouse_id.company_id", store=True, precompute=True, index=True
    )
    dealer_id = fields.Many2one(related="warehouse_id.dealer_id")
    product_id = fields.Many2one("product.product", readonly=True, ondelete="restrict")
    categ_id = fields.Many2one(
        "product.category",
        string="Category",
        readonly=True,
        ondelete="set null",
        help="The product's category when it happened.",
    )
    kind = fields.Selection(KINDS, required=True, readonly=True)
    asked_qty = fields.Float(
        string="Quantity Asked",
        digits="Product Unit",
        required=True,
        readonly=True,
        help="What was offered to the store; of a count, the larger of what was declared "
        "and what was found.",
    )
    ok_qty = fields.Float(
        string="Quantity Right",
        digits="Product Unit",
        required=True,
        readonly=True,
        help="What of it the store had; of a count, the smaller of the two figures.",
    )
    date = fields.Datetime(required=True, readonly=True, default=fields.Datetime.now)
    reference = fields.Char(readonly=True)
    note = fields.Char(readonly=True)
    state = fields.Selection(STATES, required=True, readonly=True, default="valid")
    appeal_ids = fields.One2many("o2o.trust.appeal", "event_id", readonly=True)

    _quantities = models.Constraint(
        "CHECK(asked_qty > 0 AND ok_qty >= 0 AND ok_qty <= asked_qty)",
        "What was right lies between nothing and all that was asked.",
    )
    _store_date_idx = models.Index("(warehouse_id, date)")
    _reference_uniq = models.UniqueIndex(
        "(warehouse_id, kind, product_id, reference) WHERE reference IS NOT NULL",
        "This event has been recorded already.",
    )

    @api.model
    def _record(self, rows):
        """Write events that are not there yet; a repeated one changes nothing.

        :param rows: dicts with warehouse, product, kind, ok, asked, reference, note
        :return: the new events
        """
        now = fields.Datetime.now()
        if not rows:
            return self.browse()
        found = self.env.execute_query(
            SQL(
                """INSERT INTO o2o_trust_event (warehouse_id, company_id, product_id,
                       categ_id, kind, ok_qty, asked_qty, reference, note, date, state,
                       create_uid, create_date, write_uid, write_date)
                   VALUES %s
              ON CONFLICT (warehouse_id, kind, product_id, reference)
                    WHERE reference IS NOT NULL DO NOTHING
                RETURNING id""",
                SQL(", ").join(self._get_row(row, now) for row in rows),
            )
        )
        return self.browse(event_id for (event_id,) in found)

    @api.model
    def _get_row(self, row, now):
        store, product, user = row["warehouse"], row["product"], self.env.uid
        return SQL(
            "%s",
            (
                store.id,
                store.company_id.id,
                product.id,
                product.categ_id.id or None,
                row["kind"],
                row["ok"],
                row["asked"],
                row.get("reference") or None,
                row.get("note") or None,
                row.get("date") or now,
                "valid",
                user,
                now,
                user,
                now,
            ),
        )

    def _set_state(self, state):
        """Whether the events count; the stores' trust follows."""
        # sudo: appeals are the only way to change an event, and check who may
        # pylint: disable=super-method-mismatch
        super(O2oTrustEvent, self.sudo()).write({"state": state})
        self.sudo().warehouse_id._o2o_refresh_trust()

    @api.model_create_multi
    def create(self, vals_list):  # pylint: disable=method-required-super
        raise UserError(
            self.env._("Trust events are recorded by offers and counts, not by hand.")
        )

    def write(self, vals):
        if vals:
            raise UserError(
                self.env._(
                    "Trust events are a record and can't be changed. A dealer may "
                    "appeal one."
                )
            )
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_never(self):
        raise UserError(self.env._("Trust events are a record and can't be deleted."))
