"""Chromium, driven as a person would use it."""

import shutil

from dev import odoo_log

# Without these Chromium calls home, which only fills the log on a closed network.
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DESKTOP = (1440, 900)
PHONE = (390, 844)


def executable():
    """Return the path of an installed Chromium, or None."""
    return next(filter(None, map(shutil.which, NAMES)), None)


class Visitor:
    """One browser session, with everything the page complained about."""

    def __init__(self, browser, base_url, viewport, language):
        self.base_url = base_url
        self.context = browser.new_context(
            viewport={"width": viewport[0], "height": viewport[1]},
            locale=language,
            has_touch=viewport[0] < 600,
            base_url=base_url,
        )
        self.context.set_default_timeout(90_000)  # a busy machine
        self.page = self.context.new_page()
        self.errors = []
        self.page.on("pageerror", lambda error: self.errors.append(str(error)))
        self.page.on("console", self._note)

    def _note(self, message):
        if message.type == "error" and not odoo_log.allowed(message.text):
            self.errors.append(message.text)

    def login(self, login, password):
        """Log in at Odoo's own form."""
        self.page.goto("/web/login")
        self.page.fill("input[name=login]", login)
        self.page.fill("input[name=password]", password)
        with self.page.expect_navigation():
            self.page.click(".oe_login_form button[type=submit]")
        assert "/web/login" not in self.page.url, f"{login} could not log in"
        return self

    def open(self, path, wait_for=None):
        """Go to a path and wait for an element."""
        self.page.goto(path)
        if wait_for:
            self.page.wait_for_selector(wait_for)
        return self.page

    def overflow(self):
        """Return by how many pixels the page is wider than the screen (0: no sideways scrolling)."""
        return self.page.evaluate(
            "document.documentElement.scrollWidth - document.documentElement.clientWidth"
        )

    def close(self):
        """End the session."""
        self.context.close()
