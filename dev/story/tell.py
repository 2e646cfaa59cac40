"""The steps of the story."""

import sys
import time
from datetime import datetime, timedelta, timezone

from . import case
from .client import PASSWORD, Shop, StoryError, User
from .settlement import SettlementSteps
from .table import money, table

BEIJING = timezone(timedelta(hours=8))
LOGINS = (
    ("hq", "headquarters: channel manager"),
    ("accountant", "headquarters: accounting"),
    ("approver", "headquarters: puts split rules in force"),
    ("auditor", "reads everything, changes nothing"),
    ("c2", "dealer C2 in Chengdu, on the portal (/my)"),
    ("b1", "dealer B1 in Beijing, on the portal (also c1, s1, d2)"),
    ("g001", "guide Li Na, paid in person, on the portal"),
    ("shop", "the shops' interface, holder of the API key"),
)


class Story(SettlementSteps):
    """Tells case GA and notes every figure that isn't as expected."""

    def __init__(self, base_url, database):
        self.base_url, self.database = base_url, database
        self.differences = []
        self.step_number = 0

    def tell(self):
        """Go through all steps."""
        self._meet()
        self._take_order()
        self._show_route()
        self._dealer_works()
        self._invoice()
        self._show_split()
        self._settle()
        self._show_clearing()

    def conclude(self):
        """Say how it went and where to look; return the exit status."""
        print()
        if self.differences:
            print(
                f"{len(self.differences)} figures are NOT as expected:", file=sys.stderr
            )
            for difference in self.differences:
                print(f"  {difference}", file=sys.stderr)
            return 1
        print("Every figure is as expected (case GA).")
        print(f"\nOdoo: {self.base_url}   password of each user: {PASSWORD}")
        print("\n".join(table(("login", "who"), LOGINS)))
        return 0

    # What each step uses

    def _say(self, title):
        self.step_number += 1
        print(f"\n{self.step_number}. {title}")

    def _show(self, headers, rows, right=()):
        print("\n".join(table(headers, rows, right)))

    def _expect(self, what, expected, found):
        if expected != found:
            self.differences.append(f"{what}: expected {expected}, found {found}")

    def _user(self, login):
        return User(self.base_url, self.database, login)

    def _party(self, partner):
        """Short name of a ``(id, name)`` pair: a dealer's or guide's code."""
        if not partner:
            return ""
        return self.parties.get(partner[0], partner[1])

    # The steps

    def _meet(self):
        self.hq, self.accountant = self._user("hq"), self._user("accountant")
        dealers = self.hq.read(
            "res.partner", [["is_dealer", "=", True]], ["dealer_code"]
        )
        guides = self.hq.read("o2o.guide", [], ["code", "partner_id"])
        company = self.hq.read("o2o.channel", [["code", "=", "TMALL"]], ["company_id"])
        if not company:
            raise StoryError("this database has no demo data.")
        self.company = company[0]["company_id"][0]
        [hq] = self.hq.read("res.company", [["id", "=", self.company]], ["partner_id"])
        self.parties = {d["id"]: d["dealer_code"] for d in dealers}
        self.parties |= {
            g["partner_id"][0]: g["code"] for g in guides if g["partner_id"]
        }
        self.parties[hq["partner_id"][0]] = "HQ"

    def _payload(self):
        now = datetime.now(BEIJING).replace(microsecond=0)
        return {
            "channel": "TMALL",
            "external_ref": f"T-{time.time_ns() // 1_000_000}",
            "ordered_at": (now - timedelta(minutes=5)).isoformat(),
            "currency": "CNY",
            "consumer": {
                "name": "林小雨 Lin Xiaoyu",
                "phone": "13800138088",
                "external_id": "TM-20881",
            },
            "delivery": {
                "mode": "home",
                "store": None,
                "address": {
                    "country": "CN",
                    "region_code": "510104",
                    "province": "四川省",
                    "city": "成都市",
                    "district": "锦江区",
                    "street": "东大街 1 号",
                    "zip": "610021",
                    "latitude": 30.65,
                    "longitude": 104.08,
                },
            },
            "origin_dealer": "B1",
            "guide": "G001",
            "lines": [
                {
                    "external_line": "1",
                    "sku": case.SKU,
                    "quantity": 1,
                    "price": case.PRICE,
                    "discount": "0.00",
                }
            ],
            "payment": {"status": "paid", "method": "platform", "amount": case.PRICE},
        }

    def _take_order(self):
        self._say(
            "Dealer B1 in Beijing sells to a consumer in Chengdu; the shop posts it"
        )
        self.shop = Shop(self.base_url, self._user("shop").make_api_key())
        payload = self._payload()
        status, answer = self.shop.post(payload)
        if status != 201 or not answer.get("legs"):
            raise StoryError(f"the endpoint answered {status}: {answer}")
        again, _same = self.shop.post(payload)
        changed = payload | {"guide": None}
        other, _problem = self.shop.post(changed)
        self.order_name, self.leg = answer["order"], answer["legs"][0]["id"]
        self.reference = payload["external_ref"]
        self._show(
            ("request", "status", "answer"),
            (
                (
                    f"POST {self.reference}",
                    status,
                    f"{answer['order']}, offered to {answer['legs'][0]['dealer']}",
                ),
                ("the same again", again, "the same answer, nothing new"),
                ("the same reference, changed", other, "refused"),
            ),
        )
        self._expect("status of the repeat", 200, again)
        self._expect("status of the changed repeat", 409, other)
        [order] = self.hq.read(
            "sale.order", [["name", "=", self.order_name], ["company_id", "=", self.company]],
            ["amount_untaxed", "amount_tax", "amount_total", "o2o_region_id"],
        )  # fmt: skip
        self.order = order["id"]
        amounts = [
            money(order[f"amount_{kind}"]) for kind in ("untaxed", "tax", "total")
        ]
        self._expect("amounts of the order", ["1000.00", "130.00", "1130.00"], amounts)

    def _show_route(self):
        self._say("Headquarters sees why this store was chosen, and why not the others")
        rows = self.hq.read(
            "o2o.dispatch.candidate",
            [["dispatch_id", "=", self.leg]],
            ["warehouse_id", "dealer_id", "eligible", "rank", "distance_km", "reason"],
            order="eligible desc, rank, id",
        )
        self._show(
            ("dealer", "store", "rank", "km", "reason"),
            [
                (
                    self._party(row["dealer_id"]),
                    row["warehouse_id"][1],
                    row["rank"] if row["eligible"] else "-",
                    f"{row['distance_km']:.1f}",
                    row["reason"],
                )
                for row in rows
            ],
            right=(2, 3),
        )
        chosen = [self._party(row["dealer_id"]) for row in rows if row["eligible"]][:1]
        self._expect("dealer of the first candidate", ["C2"], chosen)
        unexplained = [row["id"] for row in rows if not row["reason"]]
        self._expect("candidates without a reason", [], unexplained)

    def _dealer_works(self):
        self._say("Dealer C2 accepts, picks, ships and delivers on the portal")
        dealer = self._user("c2")
        page = f"/my/o2o/dispatches/{self.leg}"
        before = "林小雨" not in dealer.page(page)
        self._expect("consumer hidden before acceptance", True, before)
        rows = [
            ("opens the offer", self._leg_state(), "consumer's name and address hidden")
        ]
        for step in ("accept", "pick", "ship", "deliver"):
            dealer.submit(page, f"{page}/{step}", tracking_ref="SF1000000001")
            rows.append((step, self._leg_state(), ""))
        self._show(("C2", "leg", ""), rows)
        self._expect("state of the leg", "delivered", rows[-1][1])
        told = self.shop.get("TMALL", self.reference)["legs"][0]["state"]
        self._expect("state of the leg as the shop reads it", "delivered", told)

    def _leg_state(self):
        [leg] = self.hq.read("o2o.dispatch", [["id", "=", self.leg]], ["state"])
        return leg["state"]

    def _invoice(self):
        self._say("Headquarters invoices the consumer (J1)")
        wizard = self.hq.call(
            "sale.advance.payment.inv",
            "create",
            {
                "advance_payment_method": "delivered",
                "sale_order_ids": [[6, 0, [self.order]]],
            },
        )
        self.hq.call("sale.advance.payment.inv", "create_invoices", [wizard])
        [order] = self.hq.read("sale.order", [["id", "=", self.order]], ["invoice_ids"])
        self.accountant.call("account.move", "action_post", order["invoice_ids"])
        self._show_entry("invoice", order["invoice_ids"], case.INVOICE, consumer=True)

    def _entry_rows(self, move_ids, consumer=False):
        """Sorted ``(account, party, debit, credit)`` of the items of entries."""
        items = self.accountant.read(
            "account.move.line",
            [["move_id", "in", move_ids], ["display_type", "not in", ["line_section", "line_note"]]],
            ["account_id", "partner_id", "debit", "credit"],
        )  # fmt: skip
        return sorted(
            (
                item["account_id"][1].split()[0],
                "consumer" if consumer else self._party(item["partner_id"]),
                money(item["debit"]),
                money(item["credit"]),
            )
            for item in items
        )

    def _show_entry(self, name, move_ids, expected, consumer=False):
        rows = self._entry_rows(move_ids, consumer)
        self._show(("account", "party", "debit", "credit"), rows, right=(2, 3))
        if self._has_chart():
            self._expect(f"items of the {name}", sorted(expected), rows)
        else:  # other account codes: compare parties and amounts
            plain = [row[1:] for row in expected]
            self._expect(
                f"items of the {name}", sorted(plain), sorted(r[1:] for r in rows)
            )

    def _has_chart(self):
        """Whether the company has the Chinese chart, whose codes the case names."""
        found = self.accountant.read(
            "account.account", [["code", "=", "222100"]], ["code"]
        )
        return bool(found)

    def _show_split(self):
        self._say("At delivery the net of 1,000.00 is split by rule XR")
        self.lines = self.accountant.read(
            "o2o.split.line",
            [["order_id", "=", self.order]],
            [
                "role",
                "partner_id",
                "rate",
                "amount",
                "release_date",
                "move_id",
                "move_line_id",
            ],
        )
        roles = [role for role, _party, _share in case.SPLIT]
        self.lines.sort(key=lambda line: roles.index(line["role"]))
        rows = [
            (line["role"], self._party(line["partner_id"]), money(line["amount"]))
            for line in self.lines
        ]
        rates = [
            f"{line['rate']:g} %" if line["rate"] else "the rest" for line in self.lines
        ]
        release = [line["release_date"] or "kept" for line in self.lines]
        shown = [
            (*row, rate, day)
            for row, rate, day in zip(rows, rates, release, strict=True)
        ]
        self._show(("role", "party", "share", "rate", "released on"), shown, right=(2,))
        self._expect("split", list(case.SPLIT), rows)
        self._say("The split entry (J3)")
        moves = sorted({line["move_id"][0] for line in self.lines if line["move_id"]})
        self._show_entry("split entry", moves, case.ENTRY)
