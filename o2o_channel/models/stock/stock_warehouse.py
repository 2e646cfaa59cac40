from itertools import chain, count, product

from odoo import api, fields, models
from odoo.exceptions import UserError, ValidationError

CODE_LENGTH = 5  # size of stock.warehouse.code
CODE_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"


class StockWarehouse(models.Model):
    """A dealer's store is a warehouse of the company with a dealer and a pool.

    The pool is a location of its own inside the store's stock: only what lies in it
    is promised to channel orders, and they are shipped from it.
    """

    _inherit = "stock.warehouse"

    dealer_id = fields.Many2one(
        "res.partner",
        index="btree_not_null",
        ondelete="restrict",
        domain="[('is_dealer', '=', True)]",
        help="The dealer who runs this store and owns what lies in it.",
    )
    o2o_location_id = fields.Many2one(
        "stock.location",
        string="Channel Pool",
        check_company=True,
        copy=False,
        help="Only what lies here is promised to channel orders and shipped for them.",
    )
    o2o_route_id = fields.Many2one(
        "stock.route", string="Channel Route", copy=False, ondelete="restrict"
    )
    o2o_feed_type = fields.Selection(
        [
            ("scan", "Scanner or POS"),
            ("api", "API"),
            ("file", "File"),
            ("guide", "Typed by Staff"),
            ("none", "No Feed"),
        ],
        string="Stock Feed",
        compute="_compute_o2o_feed_type",
        store=True,
        readonly=False,
        precompute=True,
        help="How the store's stock reaches us. A scanner, a POS or Odoo's own transfers "
        "keep the pool by themselves; figures typed by staff are believed least. From a "
        "store without a feed nothing is promised automatically; it is asked first.",
    )
    o2o_last_feed = fields.Datetime(
        string="Last Stock Feed",
        copy=False,
        help="When the store last told us what it has. Empty: its pool is kept by "
        "transfers alone.",
    )
    o2o_max_orders_day = fields.Integer(
        string="Orders a Day",
        help="How many legs the store may be offered on one day. 0 means no limit.",
    )
    o2o_auto_accept = fields.Boolean(
        string="Accept Automatically",
        help="An offer to this store counts as accepted at once.",
    )
    o2o_latitude = fields.Float(related="partner_id.partner_latitude", readonly=False)
    o2o_longitude = fields.Float(related="partner_id.partner_longitude", readonly=False)
    o2o_region_id = fields.Many2one(
        "o2o.region", string="Region", index="btree_not_null"
    )

    _o2o_max_orders_positive = models.Constraint(
        "CHECK(o2o_max_orders_day >= 0)",
        "The number of orders a day can't be negative. 0 means no limit.",
    )

    @api.depends("dealer_id")
    def _compute_o2o_feed_type(self):
        for store in self:
            counter = store.dealer_id.dealer_kind == "concession"
            store.o2o_feed_type = "none" if counter else store.o2o_feed_type or "scan"

    @api.constrains(
        "dealer_id", "o2o_location_id", "o2o_auto_accept", "o2o_max_orders_day"
    )
    def _check_o2o_dealer(self):
        for store in self:
            if store.dealer_id and not store.dealer_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        "%(partner)s, named as dealer of store %(store)s, is not a "
                        "dealer. Mark the contact as a dealer first.",
                        partner=store.dealer_id.display_name,
                        store=store.name,
                    )
                )
            channel_only = (
                store.o2o_location_id
                or store.o2o_auto_accept
                or store.o2o_max_orders_day
            )
            if channel_only and not store.dealer_id:
                raise ValidationError(
                    self.env._(
                        "Store %(store)s has no dealer. Choose the dealer who runs it, "
                        "or clear its channel settings.",
                        store=store.name,
                    )
                )

    @api.constrains("dealer_id", "partner_id")
    def _check_o2o_address(self):
        """The dealer itself as address would turn HQ's own sales to it into transfers
        to the transit location (`stock` sets that on a warehouse's address)."""
        for store in self:
            if store.dealer_id and store.partner_id.is_dealer:
                raise ValidationError(
                    self.env._(
                        "The address of store %(store)s is the dealer %(dealer)s itself. "
                        "Use a contact of the dealer, or leave the address empty and it "
                        "is made.",
                        store=store.name,
                        dealer=store.partner_id.display_name,
                    )
                )

    @api.constrains("o2o_location_id", "lot_stock_id")
    def _check_o2o_location(self):
        for store in self:
            pool = store.o2o_location_id
            if pool and not pool.parent_path.startswith(store.lot_stock_id.parent_path):
                raise ValidationError(
                    self.env._(
                        "The channel pool %(pool)s is not inside %(stock)s, the stock of "
                        "store %(store)s.",
                        pool=pool.complete_name,
                        stock=store.lot_stock_id.complete_name,
                        store=store.name,
                    )
                )

    @api.model_create_multi
    def create(self, vals_list):
        names, codes = self._get_o2o_taken(vals_list)
        for vals in vals_list:
            if vals.get("dealer_id"):
                self._prepare_o2o_store_vals(vals, names, codes)
        warehouses = super().create(vals_list)
        warehouses.filtered("dealer_id")._o2o_ensure_pool()
        return warehouses

    @api.model
    def _get_o2o_taken(self, vals_list):
        """Names and codes in use, in any company: a store keeps its code for good."""
        if not any(vals.get("dealer_id") for vals in vals_list):
            return set(), set()
        # sudo: other companies' stores count too
        stores = self.sudo().with_context(active_test=False).search([])
        return tuple(
            {
                *stores.mapped(field),
                *(vals[field] for vals in vals_list if vals.get(field)),
            }
            for field in ("name", "code")
        )

    def write(self, vals):
        if "dealer_id" in vals:
            changed = self.filtered(
                lambda store: store.dealer_id.id != vals["dealer_id"]
            )
            changed._check_o2o_dealer_change()
        result = super().write(vals)
        if vals.get("dealer_id"):
            for store in self:
                company_address = store.partner_id == store.company_id.partner_id
                if company_address or not store.partner_id:
                    store.partner_id = store._create_o2o_address(
                        store.dealer_id, store.name
                    )
            self._o2o_ensure_pool()
        return result

    def _check_o2o_dealer_change(self):
        """Goods change hands by a sale, not by an edit of the store."""
        quants = self.env["stock.quant"]._read_group(
            [("location_id.warehouse_id", "in", self.ids), ("quantity", "!=", 0)],
            ["location_id"],
        )
        if quants:
            raise UserError(
                self.env._(
                    "Store %(store)s still has stock, whose owner would change with its "
                    "dealer. Empty the store first, or make a new one.",
                    store=quants[0][0].warehouse_id.name,
                )
            )

    @api.model
    def _prepare_o2o_store_vals(self, vals, names, codes):
        """Complete the values of a new store: name, code and address.

        ``names`` and ``codes`` are those in use; the new ones are added."""
        dealer = self.env["res.partner"].browse(vals["dealer_id"])
        vals.setdefault("company_id", self.env.company.id)
        if not vals.get("name"):
            numbered = (f"{dealer.name} {n}" for n in count(2))
            options = chain([dealer.name], numbered)
            vals["name"] = next(name for name in options if name not in names)
        if not vals.get("code"):
            vals["code"] = self._get_o2o_free_code(dealer.dealer_code or "", codes)
        names.add(vals["name"])
        codes.add(vals["code"])
        if not vals.get("partner_id"):
            vals["partner_id"] = self._create_o2o_address(dealer, vals["name"]).id

    @api.model
    def _get_o2o_free_code(self, dealer_code, taken):
        """A code of five characters: the start of the dealer's, filled up by counting."""
        start = "".join(char for char in dealer_code.upper() if char in CODE_ALPHABET)
        for length in range(min(len(start), CODE_LENGTH - 2), -1, -1):
            for rest in product(CODE_ALPHABET, repeat=CODE_LENGTH - length):
                code = start[:length] + "".join(rest)
                if code not in taken:
                    return code
        raise UserError(self.env._("Every code of five characters is in use."))

    @api.model
    def _create_o2o_address(self, dealer, name):
        """A contact of the dealer, at the dealer's place until told otherwise."""
        copied = (
            "street",
            "street2",
            "city",
            "zip",
            "partner_latitude",
            "partner_longitude",
        )
        values = {field: dealer[field] for field in copied}
        return self.env["res.partner"].create(
            {
                **values,
                "name": name,
                "parent_id": dealer.id,
                "type": "delivery",
                "state_id": dealer.state_id.id,
                "country_id": dealer.country_id.id,
                "company_id": dealer.company_id.id,
            }
        )

    @api.model
    def _update_partner_data(self, partner_id, company_id):
        """Override of `stock`: a contact of a dealer stays a customer's address.

        Otherwise what HQ sells to that address would go to the transit location."""
        partner = self.env["res.partner"].browse(partner_id)
        if partner.commercial_partner_id.is_dealer:
            return None
        return super()._update_partner_data(partner_id, company_id)

    def _check_multiwarehouse_group(self):
        """Override of `stock`: sudo because the second warehouse of a company switches
        locations on for everybody, which a channel manager may not do by hand."""
        return super(StockWarehouse, self.sudo())._check_multiwarehouse_group()

    def _o2o_ensure_pool(self):
        """Make the pool and its route where they are missing; safe to repeat."""
        for store in self:
            if not store.o2o_location_id:
                store.o2o_location_id = self.env["stock.location"].create(
                    store._prepare_o2o_location_vals()
                )
            if not store.o2o_route_id:
                store.o2o_route_id = self.env["stock.route"].create(
                    store._prepare_o2o_route_vals()
                )

    def _prepare_o2o_location_vals(self):
        return {
            "name": self.env._("Channel"),
            "usage": "internal",
            "location_id": self.lot_stock_id.id,
            "company_id": self.company_id.id,
        }

    def _prepare_o2o_route_vals(self):
        """One pull rule: pool to customers, with the store's delivery type."""
        customers, _suppliers = self._get_partner_locations()
        name = self.env._("%(store)s: channel orders", store=self.name)
        rule = {
            "name": name,
            "action": "pull",
            "procure_method": "make_to_stock",
            "location_src_id": self.o2o_location_id.id,
            "location_dest_id": customers.id,
            "picking_type_id": self.out_type_id.id,
            "warehouse_id": self.id,
            "company_id": self.company_id.id,
        }
        return {
            "name": name,
            "company_id": self.company_id.id,
            "product_selectable": False,
            "rule_ids": [fields.Command.create(rule)],
        }

    def action_view_o2o_stock(self):
        """What lies in the pool."""
        self.ensure_one()
        return {
            "type": "ir.actions.act_window",
            "name": self.env._("Stock of %(store)s for the channel", store=self.name),
            "res_model": "stock.quant",
            "view_mode": "list,form",
            "domain": [("location_id", "child_of", self.o2o_location_id.id)],
            "context": {"default_location_id": self.o2o_location_id.id},
        }
