from odoo import api, models

from odoo.addons.phone_validation.tools import phone_validation

from ...engine import placing


class O2oOrderIntake(models.AbstractModel):
    """Consumers and delivery addresses of orders that come in.

    Two orders have the same consumer when the channel says so (external_id), or when
    phone and name are the same. Nobody else is taken for the same person: a phone
    number alone may be a family's or a neighbour's.
    """

    _inherit = "o2o.order.intake"

    @api.model
    def _consumers_of(self, channel, payloads):
        """For each payload the consumer and the contact to deliver to."""
        vals_list = [self._prepare_consumer_vals(channel, p) for p in payloads]
        known = self._known_consumers(channel, vals_list)
        missing = {}
        for index, vals in enumerate(vals_list):
            vals["key"] = self._consumer_key(vals) or ("order", index)
            if vals["key"] not in known:
                missing.setdefault(vals["key"], vals)
        self.env["o2o.intake.claim"]._claim(
            f"consumer:{channel.id}:{key}" for key in missing if key[0] != "order"
        )
        partners = self.env["res.partner"].create(
            [
                {name: vals[name] for name in vals if name != "key"}
                for vals in missing.values()
            ]
        )
        known.update(zip(missing, partners, strict=True))
        consumers = [known[vals["key"]] for vals in vals_list]
        addresses = self._addresses_of(consumers, payloads)
        return list(zip(consumers, addresses, strict=True))

    @api.model
    def _consumer_key(self, vals):
        """What makes two orders' consumers the same, None for a stranger."""
        if vals["o2o_consumer_ref"]:
            return "ref", vals["o2o_consumer_ref"]
        return ("phone", vals["phone"], vals["name"]) if vals["phone"] else None

    @api.model
    def _known_consumers(self, channel, vals_list):
        """The channel's consumers that the orders may be of, by key."""
        partners = self.env["res.partner"].with_context(active_test=False)
        domain = [("o2o_consumer_channel_id", "=", channel.id)]
        refs = [
            vals["o2o_consumer_ref"] for vals in vals_list if vals["o2o_consumer_ref"]
        ]
        phones = [vals["phone"] for vals in vals_list if vals["phone"]]
        known = {}
        for partner in partners.search(
            [*domain, ("phone", "in", phones), ("o2o_consumer_ref", "=", False)],
            order="id desc",
        ):
            known["phone", partner.phone, partner.name] = partner
        for partner in partners.search([*domain, ("o2o_consumer_ref", "in", refs)]):
            known["ref", partner.o2o_consumer_ref] = partner
        return known

    @api.model
    def _prepare_consumer_vals(self, channel, payload):
        consumer = payload["consumer"]
        country = self._country_code(payload)
        return {
            "name": consumer["name"].strip(),
            "phone": self._format_phone(consumer.get("phone"), country) or False,
            "country_id": self.env["res.country"]._o2o_by_code(country).id,
            "company_id": channel.company_id.id,
            "o2o_consumer_channel_id": channel.id,
            "o2o_consumer_ref": (consumer.get("external_id") or "").strip() or False,
        }

    @api.model
    def _country_code(self, payload):
        address = payload["delivery"].get("address") or {}
        return address.get("country") or "CN"

    @api.model
    def _format_phone(self, phone, country_code):
        """The number in E.164. UserError when it is no number of that country."""
        if not phone:
            return phone
        country = self.env["res.country"]._o2o_by_code(country_code)
        return phone_validation.phone_format(
            phone, country_code, country.phone_code, force_format="E164"
        )

    @api.model
    def _addresses_of(self, consumers, payloads):
        """The delivery contacts, those of earlier orders again where they are equal."""
        partners = self.env["res.partner"]
        children = partners.search(
            [
                ("parent_id", "in", [consumer.id for consumer in consumers]),
                ("type", "=", "delivery"),
            ]
        )
        known = {
            self._address_key(child._o2o_address_vals()): child for child in children
        }
        addresses, missing = [], {}
        for consumer, payload in zip(consumers, payloads, strict=True):
            vals = self._prepare_address_vals(consumer, payload)
            key = vals and self._address_key(vals)
            addresses.append(key)
            if key and key not in known:
                missing[key] = vals
        known.update(zip(missing, partners.create(list(missing.values())), strict=True))
        return [
            known[key] if key else consumer
            for key, consumer in zip(addresses, consumers, strict=True)
        ]

    @api.model
    def _address_key(self, vals):
        return tuple(vals[name] or False for name in sorted(vals))

    @api.model
    def _prepare_address_vals(self, consumer, payload):
        """Values of the delivery contact, None when goods are collected."""
        address = payload["delivery"].get("address")
        if not address:
            return None
        country = self.env["res.country"]._o2o_by_code(address["country"])
        state = self._state_of(country, address.get("province"))
        city = address.get("city") or ""
        if not state:
            # keep what can't be told apart: placing reads it off the city
            city = (address.get("province") or "") + city
        vals = {
            "parent_id": consumer.id,
            "type": "delivery",
            "name": payload["consumer"]["name"].strip(),
            "phone": self._format_phone(
                payload["consumer"].get("phone"), address["country"]
            ),
            "country_id": country.id,
            "state_id": state.id,
            "city": city,
            "o2o_district": address.get("district"),
            "o2o_region_code": address.get("region_code"),
            "street": address.get("street"),
            "zip": address.get("zip"),
            "partner_latitude": round(float(address.get("latitude") or 0), 7),
            "partner_longitude": round(float(address.get("longitude") or 0), 7),
        }
        return {name: value or False for name, value in vals.items()}

    @api.model
    def _state_of(self, country, province):
        """The country's state of this name, with or without its suffix."""
        name = (province or "").strip()
        if not name:
            return self.env["res.country.state"]
        wanted = placing.names_of(name)
        return country.state_ids.filtered(
            lambda state: wanted & placing.names_of(state.name)
        )[:1]
