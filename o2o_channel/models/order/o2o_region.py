from odoo import api, models, tools

from ...engine import placing
from ...engine.region import level_of_code


class O2oRegion(models.Model):
    """Which region an address lies in; the rules are those of ``engine.placing``."""

    _inherit = "o2o.region"

    @api.model
    def _place(self, addresses):
        """Place a batch of ``engine.placing.Address``, one placement each.

        At most two queries for any number of addresses: the tree down to the
        districts is cached, towns are looked up by the codes given.
        """
        # sudo: every order needs its place, whoever takes it; only ids leave here
        regions = self.sudo()
        gazetteer = regions._gazetteer()
        towns = {a.code.strip() for a in addresses if _may_be_below(a.code, gazetteer)}
        if towns:
            found = regions.search_fetch(
                [("code", "in", list(towns))], ["code", "name", "level", "parent_path"]
            )
            gazetteer = placing.Gazetteer(
                [*gazetteer.by_key.values(), *(town._place_values() for town in found)]
            )
        return [placing.place(address, gazetteer) for address in addresses]

    @api.model
    @tools.ormcache()
    def _gazetteer(self):
        """The tree without its towns, some 3,300 places in a whole country."""
        regions = self.search_fetch(
            [("level", "!=", "town")],
            ["code", "name", "latin_name", "level", "parent_path"],
        )
        return placing.Gazetteer([region._place_values() for region in regions])

    def _place_values(self):
        self.ensure_one()
        return placing.Place(
            key=self.id,
            code=self.code,
            name=self.name,
            level=self.level,
            path=self._path_ids(),
            latin_name=self.latin_name or "",
        )

    @api.model_create_multi
    def create(self, vals_list):
        regions = super().create(vals_list)
        self.env.registry.clear_cache()
        return regions

    def write(self, vals):
        result = super().write(vals)
        self.env.registry.clear_cache()
        return result

    def unlink(self):
        result = super().unlink()
        self.env.registry.clear_cache()
        return result


def _may_be_below(code, gazetteer):
    """Whether a code may be that of a town, or one of another shape."""
    code = (code or "").strip()
    return (
        bool(code)
        and code not in gazetteer.by_code
        and (level_of_code(code) in ("town", None))
    )
