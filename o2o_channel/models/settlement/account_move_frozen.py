from odoo import api, models

from ..split.account_move_frozen import FROZEN_ITEM_FIELDS, FROZEN_MOVE_FIELDS

# The reference and the labels of a bill may be put right, its figures may not.
MOVE_FIELDS = FROZEN_MOVE_FIELDS - {"ref"}
ITEM_FIELDS = FROZEN_ITEM_FIELDS - {"name"}


class AccountMove(models.Model):
    """A statement's posted document says what the payee confirmed, for everybody."""

    _inherit = "account.move"

    def write(self, vals):
        """Override of account: Odoo's own check can be skipped by a key of the context, which
        every client may send."""
        if MOVE_FIELDS & vals.keys():
            self._o2o_check_no_document()
        return super().write(vals)

    def _o2o_check_no_document(self):
        """Raise for the first of these that is the posted document of a statement."""
        # sudo: whoever writes entries needn't be allowed to see statements
        posted = self.sudo().filtered(lambda move: move.state == "posted")
        posted.filtered("o2o_settlement_id")._check_no_statement()


class AccountMoveLine(models.Model):
    """The items of a statement's posted document stay as they are."""

    _inherit = "account.move.line"

    @api.model_create_multi
    def create(self, vals_list):
        """Override of account: nothing is added to a posted document."""
        moves = {vals["move_id"] for vals in vals_list if vals.get("move_id")}
        self.env["account.move"].browse(moves)._o2o_check_no_document()
        return super().create(vals_list)

    def write(self, vals):
        """Override of account: as for the move."""
        frozen = ITEM_FIELDS & vals.keys()
        if frozen and not self._o2o_keeps_partner(frozen, vals):
            self.move_id._o2o_check_no_document()
        return super().write(vals)

    @api.ondelete(at_uninstall=False)
    def _unlink_except_of_document(self):
        self.move_id._o2o_check_no_document()
