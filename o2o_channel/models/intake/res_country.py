from odoo import api, models, tools


class ResCountry(models.Model):
    _inherit = "res.country"

    @api.model
    def _o2o_by_code(self, code):
        """The country of an ISO code, empty when there is none."""
        return self.browse(self._o2o_ids_by_code().get((code or "").upper()))

    @api.model
    @tools.ormcache()
    def _o2o_ids_by_code(self):
        return {c.code: c.id for c in self.sudo().search_fetch([], ["code"]) if c.code}
