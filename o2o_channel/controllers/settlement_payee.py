from werkzeug.exceptions import NotFound

from odoo.http import request

from .split_commission import O2oCommissionPortal

# What makes a contact a payee: any of these in its own name.
OWN_RECORDS = ("o2o.split.line", "o2o.settlement", "o2o.claim.liability")


class O2oPayeePortal(O2oCommissionPortal):
    """Who is paid by statements: the dealer one works for, and persons in their own name.

    A guide or crew paid in person finds the own statements and claims without belonging to
    a dealer; a dealer's guide paid in person finds them beside the dealer's.
    """

    def _o2o_find_payees(self):
        """Return the sudoed partners whose statements the user may see; empty for others."""
        # sudo: only whether there is anything in the user's own name
        own = request.env.user.partner_id.sudo()
        found = any(
            own.env[model].search_count([("partner_id", "=", own.id)], limit=1)
            for model in OWN_RECORDS
        )
        person = own if found and not own.is_dealer else own.browse()
        return self._o2o_find_dealer() | person

    def _o2o_payees_or_404(self):
        payees = self._o2o_find_payees()
        if not payees:
            raise NotFound()
        return payees

    def _o2o_render_payee(self, template, page_name, **values):
        """Render a page for whoever is paid: in the dealer's frame, or in a person's."""
        return self._o2o_render(
            template,
            page_name,
            outsiders=True,
            **self._o2o_person_values(),
            **values,
        )

    def _o2o_person_values(self):
        """Override of the split room: persons that are paid have statements and claims."""
        values = super()._o2o_person_values()
        return values | {"o2o_is_payee": bool(self._o2o_find_payees())}
