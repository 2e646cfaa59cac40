from odoo import api, fields, models
from odoo.exceptions import ValidationError

from ...engine import region as region_rules
from .tools import add_ids_by_code

# A place may lie this far from the middle of its region, which may be a whole province.
TOLERANCE_KM = {"province": 900, "city": 300, "district": 150, "town": 100}
DEFAULT_TOLERANCE_KM = 300


class O2oRegion(models.Model):
    """A place of the administrative tree by which dealers' areas are drawn."""

    _name = "o2o.region"
    _description = "Service Region"
    _parent_store = True
    _order = "code"
    _rec_names_search = ["code", "name", "latin_name"]

    code = fields.Char(
        required=True,
        help="Official code, GB/T 2260 in China (510104 is Jinjiang in Chengdu). "
        "Parent and level follow from it when they are left empty.",
    )
    name = fields.Char(
        required=True,
        index=True,
        help="Official name in the local script. Addresses are matched against it, "
        "so it is the same in every language.",
    )
    latin_name = fields.Char(help="How the place is written in other languages.")
    parent_id = fields.Many2one(
        "o2o.region", string="Lies In", index=True, ondelete="restrict"
    )
    parent_path = fields.Char(index=True)
    child_ids = fields.One2many("o2o.region", "parent_id", string="Divided Into")
    child_count = fields.Integer(string="Parts", compute="_compute_child_count")
    province_id = fields.Many2one(
        "o2o.region",
        compute="_compute_province_id",
        store=True,
        index=True,
        recursive=True,
    )
    coverage_ids = fields.One2many("o2o.coverage", "region_id", string="Dealers Here")
    coverage_count = fields.Integer(
        string="Own Lines", compute="_compute_coverage_count"
    )
    level = fields.Selection(
        [
            ("province", "Province"),
            ("city", "City"),
            ("district", "District or County"),
            ("town", "Town or Street"),
        ],
        required=True,
        index=True,
    )
    latitude = fields.Float(
        digits=(10, 7),
        help="Of the middle of the place (WGS-84). Stands in for an address "
        "that has no position of its own; 0 means unknown.",
    )
    longitude = fields.Float(digits=(10, 7))
    active = fields.Boolean(default=True)
    display_name = fields.Char(recursive=True)

    _code_uniq = models.Constraint("UNIQUE(code)", "A region with this code exists.")

    @api.depends("name", "latin_name", "parent_id.display_name")
    @api.depends_context("lang")
    def _compute_display_name(self):
        local = (self.env.lang or "").startswith("zh")
        for region in self:
            path = region._path()
            if local or not region.latin_name:
                region.display_name = " / ".join(part.name or "" for part in path)
                continue
            latin = " / ".join(part.latin_name or part.name or "" for part in path)
            region.display_name = f"{latin} ({region.name})"

    @api.depends("child_ids")
    def _compute_child_count(self):
        counts = dict(
            self._read_group(
                [("parent_id", "in", self.ids)], ["parent_id"], ["__count"]
            )
        )
        for region in self:
            region.child_count = counts.get(region._origin, 0)

    @api.depends("parent_id.province_id")
    def _compute_province_id(self):
        for region in self:
            region.province_id = region.parent_id.province_id or region._origin

    @api.depends("coverage_ids")
    def _compute_coverage_count(self):
        counts = dict(
            self.env["o2o.coverage"]._read_group(
                [("region_id", "in", self.ids)], ["region_id"], ["__count"]
            )
        )
        for region in self:
            region.coverage_count = counts.get(region._origin, 0)

    @api.constrains("code")
    def _check_code(self):
        for region in self:
            if not region.code.strip() or len(region.code) > 12 or " " in region.code:
                raise ValidationError(
                    self.env._(
                        'Code "%(code)s" of region %(name)s: use 1 to 12 characters '
                        "without blanks, such as 510104.",
                        code=region.code,
                        name=region.name,
                    )
                )

    @api.constrains("parent_id", "level")
    def _check_level(self):
        levels = dict(self._fields["level"]._description_selection(self.env))
        for region in self | self.child_ids:
            parent = region.parent_id
            if region_rules.may_contain(parent.level or None, region.level):
                continue
            if not parent:
                message = self.env._(
                    "Region %(name)s (%(code)s) is a %(level)s: name the region that "
                    "it lies in. Only a province stands on its own.",
                    name=region.name,
                    code=region.code,
                    level=levels[region.level],
                )
            else:
                message = self.env._(
                    "Region %(name)s (%(code)s) is a %(level)s and can't lie in "
                    "%(parent)s, which is a %(parent_level)s.",
                    name=region.name,
                    code=region.code,
                    level=levels[region.level],
                    parent=parent.name,
                    parent_level=levels[parent.level],
                )
            raise ValidationError(message)

    @api.constrains("latitude", "longitude")
    def _check_position(self):
        for region in self:
            if abs(region.latitude) > 90 or abs(region.longitude) > 180:
                raise ValidationError(
                    self.env._(
                        "Position %(latitude)s, %(longitude)s of %(name)s lies off the "
                        "earth: latitude is -90 to 90, longitude -180 to 180.",
                        latitude=region.latitude,
                        longitude=region.longitude,
                        name=region.name,
                    )
                )

    @api.onchange("code")
    def _onchange_code(self):
        for region in self.filtered("code"):
            region.level = region.level or region_rules.level_of_code(region.code)
            known = self._nearest_known_ancestors([region.code])
            region.parent_id = region.parent_id or known.get(region.code)

    @api.model_create_multi
    def create(self, vals_list):
        """Parent and level come from the code where they are not given.

        What lies higher is created first, so that an import may hold a whole
        province in any order of rows.
        """
        for vals in vals_list:
            vals["code"] = (vals.get("code") or "").strip()
        depths = [len(region_rules.ancestor_codes(vals["code"])) for vals in vals_list]
        created = {}
        for depth in sorted(set(depths)):
            positions = [i for i, own in enumerate(depths) if own == depth]
            level_vals = [vals_list[i] for i in positions]
            self._complete_from_codes(level_vals)
            created.update(zip(positions, super().create(level_vals), strict=True))
        return self.browse([created[i].id for i in range(len(vals_list))])

    @api.model
    def _complete_from_codes(self, vals_list):
        """Fill in the parents and levels that the codes tell."""
        known = self._nearest_known_ancestors([vals["code"] for vals in vals_list])
        for vals in vals_list:
            if not vals.get("parent_id") and vals["code"] in known:
                vals["parent_id"] = known[vals["code"]].id
            level = region_rules.level_of_code(vals["code"])
            if level and not vals.get("level"):
                vals["level"] = level

    @api.model
    def load(self, fields, data):
        """Override of the ORM: rows of a known code update that region."""
        return super().load(*add_ids_by_code(self, "code", fields, data))

    @api.model
    def get_import_templates(self):
        return [
            {
                "label": self.env._("Import Template for Regions"),
                "template": "/o2o_channel/static/xls/region_import_template.xlsx",
            }
        ]

    def action_open_parts(self):
        self.ensure_one()
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "o2o_channel.o2o_region_action"
        )
        return {
            **action,
            "name": self.display_name,
            "domain": [("parent_id", "=", self.id)],
            "context": {"default_parent_id": self.id},
        }

    def _get_tolerance_km(self):
        """How far from its middle a place in the region is believed to lie."""
        return TOLERANCE_KM.get(self.level, DEFAULT_TOLERANCE_KM)

    def _path(self):
        """The region with all that it lies in, from the top down."""
        self.ensure_one()
        path = self
        while path[0].parent_id and path[0].parent_id not in path:
            path = path[0].parent_id + path
        return path

    def _path_ids(self):
        """Ids from the root to the region itself, read off the stored path."""
        self.ensure_one()
        return tuple(int(part) for part in (self.parent_path or "").split("/") if part)

    @api.model
    def _nearest_known_ancestors(self, codes):
        """Map each code to the nearest region above it by code, in one query.

        Codes without a known ancestor are left out. The code itself doesn't count.
        """
        above = {
            code: region_rules.ancestor_codes((code or "").strip()) for code in codes
        }
        wanted = {code for chain in above.values() for code in chain}
        known = {
            region.code: region
            for region in self.search_fetch([("code", "in", list(wanted))], ["code"])
        }
        nearest = {}
        for code, chain in above.items():
            found = next((known[parent] for parent in chain if parent in known), None)
            if found:
                nearest[code] = found
        return nearest

    @api.model
    def _find_by_codes(self, codes):
        """Map each code to its region, or else to the nearest one above it.

        Two queries for any number of codes; unknown places are left out.
        """
        codes = {(code or "").strip() for code in codes} - {""}
        exact = {
            region.code: region
            for region in self.search_fetch([("code", "in", list(codes))], ["code"])
        }
        return {**self._nearest_known_ancestors(codes - exact.keys()), **exact}
