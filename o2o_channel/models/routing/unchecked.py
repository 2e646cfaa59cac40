from odoo import fields


class UncheckedMany2one(fields.Many2one):
    """A link without a foreign key in the database, for rows written by the hundred.

    Checking a foreign key locks the row that is linked to. An order that looks at 500
    stores would lock them all, and orders that are confirmed at the same time would
    wait on each other's bookkeeping of these locks. Whoever deletes what is linked to
    has to delete the rows.
    """

    def update_db_foreign_key(self, model, column):
        """Override of the ORM: none is made."""
