from odoo.exceptions import AccessError
from odoo.tests import tagged

from .common import O2oCommon

ROLES = ("manager", "accountant", "approver", "auditor")
# Rights per role in the order of ROLES: c(reate) w(rite) u(nlink) r(ead).
MATRIX = {
    "o2o.channel": ("cwur", "r", "r", "r"),
    "o2o.claim": ("cwur", "cwur", "r", "r"),
    "o2o.claim.evidence": ("cwur", "r", "r", "r"),
    "o2o.claim.liability": ("cwur", "cwur", "r", "r"),
    "o2o.clearing.age.report": ("r", "r", "r", "r"),
    "o2o.clearing.line": ("r", "r", "r", "r"),
    "o2o.clearing.report": ("r", "r", "r", "r"),
    "o2o.margin.report": ("r", "r", "r", "r"),
    "o2o.late.report": ("r", "r", "r", "r"),
    "o2o.coverage": ("cwur", "r", "r", "r"),
    "o2o.dealer.history": ("r", "r", "r", "r"),
    "o2o.dispatch": ("wr", "r", "r", "r"),
    "o2o.dispatch.candidate": ("r", "r", "r", "r"),
    "o2o.dispatch.event": ("r", "r", "r", "r"),
    "o2o.dispatch.line": ("r", "r", "r", "r"),
    "o2o.dispatch.notice": ("r", "r", "r", "r"),
    "o2o.dispatch.offer": ("r", "r", "r", "r"),
    "o2o.fulfilment.comparison": ("cwur", "r", "r", "r"),
    "o2o.guide": ("cwur", "r", "r", "r"),
    "o2o.intake.claim": ("r", "", "", ""),
    "o2o.online.authorization": ("cwur", "r", "r", "r"),
    "o2o.order.import": ("cwur", "", "", "r"),
    "o2o.order.import.row": ("r", "", "", "r"),
    "o2o.payment.file": ("", "cwr", "r", "r"),
    "o2o.payout.channel": ("r", "cwur", "r", "r"),
    "o2o.region": ("cwur", "r", "r", "r"),
    "o2o.reject.report": ("r", "r", "r", "r"),
    "o2o.reject.reason": ("cwur", "r", "r", "r"),
    "o2o.routing.decision": ("r", "r", "r", "r"),
    "o2o.routing.rule": ("cwur", "r", "r", "r"),
    "o2o.routing.batch": ("cwur", "", "", "r"),
    "o2o.routing.batch.line": ("r", "", "", "r"),
    "o2o.routing.batch.price": ("r", "", "", "r"),
    "o2o.routing.share.report": ("r", "r", "r", "r"),
    "o2o.routing.share": ("cwur", "r", "r", "r"),
    "o2o.routing.simulation": ("cwur", "", "", "r"),
    "o2o.routing.simulation.measure": ("r", "", "", "r"),
    "o2o.routing.simulation.order": ("r", "", "", "r"),
    "o2o.routing.simulation.share": ("r", "", "", "r"),
    "o2o.settlement": ("r", "wr", "r", "r"),
    "o2o.settlement.check": ("r", "r", "r", "r"),
    "o2o.settlement.dispute": ("r", "wr", "r", "r"),
    "o2o.settlement.invoice": ("r", "cwur", "r", "r"),
    "o2o.settlement.period": ("r", "cwur", "r", "r"),
    "o2o.settlement.seal": ("", "r", "r", "r"),
    "o2o.split.line": ("r", "r", "r", "r"),
    "o2o.split.simulation": ("cwur", "r", "cwr", "r"),
    "o2o.split.simulation.share": ("r", "r", "r", "r"),
    "o2o.split.why": ("cwr", "cwr", "cwr", "cwr"),
    "o2o.contribution.report": ("r", "r", "r", "r"),
    "o2o.fund": ("r", "cwur", "r", "r"),
    "o2o.fund.line": ("r", "cwur", "r", "r"),
    "o2o.split.role": ("r", "cwr", "r", "r"),
    "o2o.split.rule": ("cwr", "r", "r", "r"),
    "o2o.split.rule.line": ("cwur", "r", "r", "r"),
    "o2o.store.report": ("r", "r", "r", "r"),
    "o2o.withholding.bracket": ("", "r", "cwur", "r"),
    "o2o.size.report": ("r", "", "", "r"),
    "o2o.stock.request": ("r", "", "", "r"),
    "o2o.stock.audit": ("wr", "", "", "r"),
    "o2o.stock.declaration": ("r", "", "", "r"),
    "o2o.stock.declaration.line": ("r", "", "", "r"),
    "o2o.stock.hold": ("cwr", "r", "r", "r"),
    "o2o.stock.safety": ("cwur", "r", "r", "r"),
    "o2o.stock.trust": ("r", "r", "r", "r"),
    "o2o.trust.appeal": ("wr", "r", "r", "r"),
    "o2o.trust.event": ("r", "r", "r", "r"),
    "o2o.trust.history": ("r", "r", "r", "r"),
    "o2o.trust.month": ("r", "r", "r", "r"),
    # wizards
    "o2o.stock.promise": ("r", "", "", ""),
    "o2o.trust.decide": ("cwur", "", "", ""),
    "o2o.authorization.decide": ("cwr", "", "", ""),
    "o2o.dealer.change": ("cwr", "", "", ""),
    "o2o.dispatch.reject": ("cwur", "", "", ""),
    "o2o.dispatch.ship": ("cwur", "", "", ""),
    "o2o.dispatch.ship.line": ("cwur", "", "", ""),
    "o2o.deposit.move": ("", "cwur", "", ""),
    "o2o.settlement.accrue": ("", "cwur", "", ""),
    "o2o.settlement.close": ("", "cwur", "", ""),
    "o2o.settlement.reopen": ("", "", "cwur", ""),
    "o2o.order.import.wizard": ("cwur", "", "", ""),
    "o2o.stock.audit.start": ("cwur", "", "", ""),
    "o2o.routing.why": ("cwr", "cwr", "cwr", "cwr"),
    "o2o.size.matrix": ("cwur", "", "", "cwur"),
    "o2o.stock.upload": ("cwur", "", "", ""),
}
LETTERS = {"create": "c", "write": "w", "unlink": "u", "read": "r"}
# Read by every employee.
COMMON = ("o2o.channel", "o2o.region")
OUTSIDERS = {
    "dealer": "base.group_portal,o2o_channel.o2o_group_dealer_portal",
    "consumer": "base.group_portal",
    "public": "base.group_public",
    "integration": "o2o_channel.o2o_group_integration",
}
# What a consumer with a login may read of the addon on the own order.
CONSUMER_FIELDS = {
    "sale.order": {
        "o2o_channel_id",
        "o2o_external_ref",
        "o2o_ordered_at",
        "o2o_delivery_mode",
        "o2o_pickup_warehouse_id",
    },
    "sale.order.line": {"o2o_external_line", "o2o_discount"},
    "stock.picking": set(),
    "account.move": set(),
    "account.move.line": set(),
}


@tagged("post_install", "-at_install")
class TestSecurityMatrix(O2oCommon):
    """Who may do what, for all models: a new model without an entry here fails."""

    def _models(self):
        return {
            name: model
            for name, model in self.env.items()
            if name.startswith("o2o.") and not model._abstract
        }

    def test_every_model_has_an_entry(self):
        self.assertEqual(set(self._models()), set(MATRIX))

    def test_each_role_may_do_what_the_matrix_says_and_no_more(self):
        for index, role in enumerate(ROLES):
            user = self._create_user(f"o2o_channel.o2o_group_{role}")
            for name, rights in MATRIX.items():
                model = self.env[name].with_user(user)
                allowed = {op for op in LETTERS if model.has_access(op)}
                expected = {op for op in LETTERS if LETTERS[op] in rights[index]}
                self.assertEqual(allowed, expected, f"{role} on {name}")

    def test_outsiders_have_no_right_on_any_model(self):
        for role, groups in OUTSIDERS.items():
            user = self._create_user(groups, login=f"matrix_{role}")
            for name in MATRIX:
                model = self.env[name].with_user(user)
                for operation in LETTERS:
                    self.assertFalse(
                        model.has_access(operation), f"{role}: {operation} {name}"
                    )

    def test_employees_without_a_role_read_what_is_common(self):
        user = self._create_user("base.group_user")
        for name in MATRIX:
            model = self.env[name].with_user(user)
            allowed = {op for op in LETTERS if model.has_access(op)}
            self.assertEqual(allowed, {"read"} if name in COMMON else set(), name)

    def test_every_model_of_a_company_has_a_company_rule(self):
        for name, model in self._models().items():
            if "company_id" not in model._fields or model._transient:
                continue
            rules = self.env["ir.rule"].search([("model_id.model", "=", name)])
            domains = [rule.domain_force for rule in rules if rule["global"]]
            self.assertTrue(any("company_ids" in text for text in domains), name)

    def test_another_company_is_out_of_sight(self):
        other = self.env["res.company"].create({"name": "Other Brand"})
        values = {"company_id": other.id}
        records = [
            self.env["o2o.channel"].create({"name": "O", "code": "OTHER", **values}),
            self.env["o2o.routing.rule"].create({"name": "O", **values}),
            self.env["o2o.settlement.period"].create(
                {"date_from": "2026-01-01", **values}
            ),
        ]
        for role in ROLES:
            user = self._create_user(f"o2o_channel.o2o_group_{role}")
            for record in records:
                mine = self.env[record._name].with_user(user)
                self.assertFalse(mine.search([("id", "=", record.id)]))
                with self.assertRaises(AccessError):
                    record.with_user(user).read(["display_name"])

    def test_a_consumer_sees_no_dispatch_and_no_split_on_the_own_order(self):
        user = self._create_user("base.group_portal")
        for name, known in CONSUMER_FIELDS.items():
            model = self.env[name].with_user(user)
            ours = {
                field.name
                for field in model._fields.values()
                if "o2o_channel" in (field._modules or ())
                and model._has_field_access(field, "read")
                and (field.name.startswith("o2o_") or field.name == "dispatch_ids")
            }
            self.assertEqual(ours, known, name)

    def test_a_rule_in_force_is_ended_by_an_approver_only(self):
        rule = self.env["o2o.split.rule"].create({"name": "R", "code": "R"})
        manager = self._create_user("o2o_channel.o2o_group_manager")
        rule.sudo().write({"state": "active"})
        with self.assertRaises(AccessError):
            rule.with_user(manager).action_archive_version()
        approver = self._create_user("o2o_channel.o2o_group_approver")
        rule.with_user(approver).action_archive_version()
        self.assertEqual(rule.state, "archived")
