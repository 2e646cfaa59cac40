from datetime import date

from odoo.tests import tagged

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestOrderMatch(O2oCommon):
    """The selector that routing and split rules share, on an unsaved rule."""

    def _rule(self, **values):
        return self.env["o2o.match.mixin"].new(values)

    def _pattern(self, **values):
        return {
            "channel": self.channel,
            "region": self.jinjiang,
            "categ": self.category,
            "flow": "on2off",
            "date": date(2026, 11, 20),
            **values,
        }

    def test_empty_rule_matches_everything(self):
        self.assertTrue(self._rule()._match(self._pattern()))
        self.assertTrue(self._rule()._match({}))

    def test_region_matches_with_what_lies_in_it(self):
        rule = self._rule(region_ids=[(6, 0, self.chengdu.ids)])
        self.assertTrue(rule._match(self._pattern()))
        self.assertTrue(rule._match(self._pattern(region=self.chengdu)))
        self.assertFalse(rule._match(self._pattern(region=self.sichuan)))
        self.assertFalse(rule._match(self._pattern(region=self.chaoyang)))
        self.assertFalse(rule._match(self._pattern(region=self.env["o2o.region"])))

    def test_category_matches_with_those_below(self):
        child = self.env["product.category"].create(
            {"name": "Cookers", "parent_id": self.category.id}
        )
        rule = self._rule(categ_ids=[(6, 0, self.category.ids)])
        self.assertTrue(rule._match(self._pattern(categ=child)))
        other = self._rule(categ_ids=[(6, 0, child.ids)])
        self.assertFalse(other._match(self._pattern()))

    def test_channel_and_flow_match_exactly(self):
        other = self._create_channel(code="JD")
        rule = self._rule(channel_ids=[(6, 0, self.channel.ids)], flow="on2off")
        self.assertTrue(rule._match(self._pattern()))
        self.assertFalse(rule._match(self._pattern(channel=other)))
        self.assertFalse(rule._match(self._pattern(flow="off2off")))

    def test_dates_are_inclusive(self):
        rule = self._rule(date_from="2026-11-20", date_to="2026-11-20")
        self.assertTrue(rule._match(self._pattern()))
        for day in (date(2026, 11, 19), date(2026, 11, 21), None):
            self.assertFalse(rule._match(self._pattern(date=day)))
