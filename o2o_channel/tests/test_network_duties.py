from odoo import Command
from odoo.exceptions import ValidationError
from odoo.tests import tagged

from .common import O2oCommon

MANAGER, ACCOUNTANT = (
    "o2o_channel.o2o_group_manager",
    "o2o_channel.o2o_group_accountant",
)


@tagged("post_install", "-at_install")
class TestDuties(O2oCommon):
    """R9.8: who keeps the rules doesn't post by them; exceptions are logged."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.manager, cls.accountant = cls.env.ref(MANAGER), cls.env.ref(ACCOUNTANT)
        cls.user = cls._create_user(MANAGER, login="li")

    def _give(self, user=None, **values):
        (user or self.user).write(
            {"group_ids": [Command.link(self.accountant.id)], **values}
        )

    def _notes(self):
        return " ".join(map(str, self.user.partner_id.message_ids.mapped("body")))

    def test_nobody_is_given_both(self):
        with self.assertRaisesRegex(
            ValidationError, "Channel Manager.*Channel Accountant"
        ):
            self._give()

    def test_nobody_is_created_with_both(self):
        with self.assertRaisesRegex(ValidationError, "at once"):
            self._create_user(f"{MANAGER},{ACCOUNTANT}", login="both")

    def test_not_by_way_of_the_group_either(self):
        with self.assertRaisesRegex(ValidationError, "at once"):
            self.accountant.user_ids = [Command.link(self.user.id)]

    def test_nor_by_a_group_that_implies_both(self):
        group = self.env["res.groups"].create(
            {"name": "Boss", "user_ids": [Command.link(self.user.id)]}
        )
        with self.assertRaisesRegex(ValidationError, "at once"):
            group.implied_ids = [Command.link(self.accountant.id)]

    def test_with_a_reason_it_is_done_found_and_logged(self):
        self._give(o2o_both_duties_reason="Two people in all")
        self.assertTrue(self.user.o2o_has_both_duties)
        self.assertIn("Two people in all", self._notes())
        found = self.env["res.users"].search([("o2o_has_both_duties", "=", True)])
        self.assertEqual(found, self.user)
        with self.assertRaisesRegex(ValidationError, "at once"):
            self.user.o2o_both_duties_reason = " "

    def test_the_end_of_it_is_logged_too(self):
        self._give(o2o_both_duties_reason="Two people in all")
        self.user.write(
            {
                "group_ids": [Command.unlink(self.accountant.id)],
                "o2o_both_duties_reason": False,
            }
        )
        self.assertFalse(self.user.o2o_has_both_duties)
        self.assertIn("no longer", self._notes())

    def test_an_exception_isnt_copied(self):
        self._give(o2o_both_duties_reason="Two people in all")
        with self.assertRaisesRegex(ValidationError, "at once"):
            self.user.copy()

    def test_who_is_called_back_is_looked_at_again(self):
        self.user.active = False
        self._give()
        with self.assertRaisesRegex(ValidationError, "at once"):
            self.user.active = True

    def test_administrators_and_other_pairs_are_left_alone(self):
        admin = self._create_user("base.group_system", login="root2")
        self._give(admin, group_ids=[Command.link(self.manager.id)])
        self._give(admin)
        self._create_user(f"{MANAGER},o2o_channel.o2o_group_approver", login="third")
        self.assertFalse(admin.o2o_has_both_duties)

    def test_the_form_asks_for_the_reason(self):
        view = self.env["res.users"].get_view(
            self.env.ref("base.view_users_form").id, "form"
        )
        self.assertIn("o2o_both_duties_reason", view["arch"])
