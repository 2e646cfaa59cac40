from odoo.tests import Form, tagged

from .common import O2oCommon


@tagged("post_install", "-at_install")
class TestOrderPlacing(O2oCommon):
    """The service region of an order follows from its delivery address."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.consumer = cls._create_consumer()

    @classmethod
    def _create_consumer(cls, **values):
        return cls.env["res.partner"].create(
            {
                "name": "Li Lei",
                "phone": "+86 138 0013 8000",
                "country_id": cls.env.ref("base.cn").id,
                **values,
            }
        )

    def _create_order(self, **values):
        return self.env["sale.order"].create(
            {
                "partner_id": self.consumer.id,
                "o2o_channel_id": self.channel.id,
                "company_id": self.company.id,
                **values,
            }
        )

    def test_code_of_the_address_decides(self):
        self.consumer.o2o_region_code = "510104"
        self.assertEqual(self._create_order().o2o_region_id, self.jinjiang)

    def test_town_below_a_known_district(self):
        self.consumer.o2o_region_code = "510104998"
        order = self._create_order()
        self.assertEqual(order.o2o_region_id, self.jinjiang)
        self.assertIn("510104998", order.o2o_placing_note)

    def test_known_town(self):
        town = self._create_region(code="510104997", name="春熙路街道")
        self.consumer.o2o_region_code = "510104997"
        self.assertEqual(self._create_order().o2o_region_id, town)

    def test_state_city_and_district_of_the_form(self):
        self.consumer.write(
            {
                "state_id": self.env.ref("base.state_cn_SC").id,
                "city": "成都",
                "o2o_district": "锦江区",
            }
        )
        self.assertEqual(self._create_order().o2o_region_id, self.jinjiang)

    def test_district_written_into_the_street(self):
        self.consumer.write(
            {
                "state_id": self.env.ref("base.state_cn_SC").id,
                "city": "成都市",
                "street": "锦江区春熙路1号",
            }
        )
        self.assertEqual(self._create_order().o2o_region_id, self.jinjiang)

    def test_region_follows_the_address_live_in_the_form(self):
        beijing = self._create_consumer(o2o_region_code="110105")
        with Form(self.env["sale.order"]) as form:
            form.partner_id = self.consumer
            form.o2o_channel_id = self.channel
            self.assertFalse(form.o2o_region_id)
            form.partner_id = beijing
            self.assertEqual(form.o2o_region_id, self.chaoyang)
        order = form.save()
        beijing.o2o_region_code = "510104"
        self.assertEqual(order.o2o_region_id, self.jinjiang)

    def test_sold_and_placed_order_stays_where_it_was(self):
        self.consumer.o2o_region_code = "510104"
        order = self._create_order()
        order.action_confirm()
        self.consumer.o2o_region_code = "110105"
        self.assertEqual(order.o2o_region_id, self.jinjiang)

    def test_code_against_names_is_not_placed(self):
        self.consumer.write(
            {
                "o2o_region_code": "510104",
                "state_id": self.env.ref("base.state_cn_BJ").id,
            }
        )
        order = self._create_order()
        self.assertFalse(order.o2o_region_id)
        self.assertIn("510104", order.o2o_placing_note)

    def test_renamed_region_is_found_at_once(self):
        self._create_order()
        self.jinjiang.name = "新锦江区"
        self.consumer.write({"city": "成都市", "o2o_district": "新锦江区"})
        self.assertEqual(self._create_order().o2o_region_id, self.jinjiang)

    def test_archived_region_is_not_used(self):
        self.consumer.o2o_region_code = "510104"
        self.jinjiang.active = False
        self.assertEqual(self._create_order().o2o_region_id, self.chengdu)

    def test_region_set_by_hand_is_noted_as_such(self):
        order = self._create_order()
        order.o2o_region_id = self.jinjiang
        self.assertEqual(order.o2o_placing_note, "Chosen by hand")

    def test_order_without_channel_has_no_region(self):
        self.consumer.o2o_region_code = "510104"
        order = self._create_order(o2o_channel_id=False)
        self.assertFalse(order.o2o_region_id)

    def test_placing_a_batch_takes_a_fixed_number_of_queries(self):
        region = self.env["o2o.region"]
        address = self.consumer._o2o_address()
        region._place([address])
        with self.assertQueryCount(0):
            region._place([address] * 1000)

    def test_district_is_part_of_the_label(self):
        self.consumer.write({"city": "成都市", "o2o_district": "锦江区"})
        self.assertIn("锦江区", self.consumer._display_address())
