from lxml import html

from .common import O2oRoutingCommon


class O2oPortalCommon(O2oRoutingCommon):
    """Three people with a login: C2's clerk, one of rival C1, one of no dealer."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.clerk = cls._portal_user("clerk", cls.dealer_c2)
        cls.rival = cls._portal_user("rival", cls.dealer_c1)
        cls.guest = cls._portal_user("guest", cls.env["res.partner"])

    @classmethod
    def _portal_user(cls, login, dealer):
        contact = cls.env["res.partner"].create(
            {"name": f"Clerk {login}", "parent_id": dealer.id}
        )
        return cls._create_user(
            "base.group_portal", login=login, password=login * 4, partner_id=contact.id
        )

    def _login(self, user):
        self.authenticate(user.login, user.login * 4)

    def _page(self, url, status=200):
        response = self.url_open(url)
        self.assertEqual(response.status_code, status, url)
        return html.fromstring(response.text)

    def _token(self, url="/my/o2o/store"):
        return self._page(url).xpath("//input[@name='csrf_token']/@value")[0]

    def _post(self, url, status=200, **values):
        response = self.url_open(url, data={"csrf_token": self._token(), **values})
        self.assertEqual(response.status_code, status, url)
        self.env.invalidate_all()
        return html.fromstring(response.text)

    def _notice(self, page):
        return " ".join(page.xpath("//div[@role='status']")[0].text_content().split())

    def _text(self, page):
        return " ".join(page.xpath("//div[@id='wrap']")[0].text_content().split())
