"""Users of the story: each has a session of its own, as in a browser."""

import itertools
import re

import requests

TIMEOUT = 120  # seconds; the first page after a start is slow
PASSWORD = "demo"  # of every user of the demo data


class StoryError(Exception):
    """A step could not be done; the text says which and what the server answered."""


class User:
    """A logged-in user.

    >>> hq = User("http://127.0.0.1:8069", "o2o_demo", "hq")
    >>> hq.call("sale.order", "search_count", [])
    """

    _numbers = itertools.count(1)

    def __init__(self, base_url, database, login):
        self.base_url, self.login = base_url, login
        self.http = requests.Session()
        answer = self._rpc(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": PASSWORD},
        )
        if not answer["uid"]:
            raise StoryError(f"{login} could not log in.")

    def call(self, model, method, *args, **kwargs):
        """Call a public method of a model, as the web client does."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._rpc(f"/web/dataset/call_kw/{model}/{method}", params)

    def read(self, model, domain, fields, order="id"):
        """Return the records of a domain as dicts."""
        return self.call(model, "search_read", domain, fields, order=order)

    def _rpc(self, path, params):
        body = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": "call",
            "params": params,
        }
        answer = self._send("POST", path, json=body).json()
        if "error" in answer:
            data = answer["error"].get("data") or {}
            said = data.get("message") or answer["error"].get("message")
            raise StoryError(f"{self.login} at {path}: {said}")
        return answer.get("result")

    def page(self, path):
        """Return the HTML of a page."""
        return self._send("GET", path).text

    def submit(self, page, path, **values):
        """Send a form of a page that was read before, with its token."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.page(page))
        if not token:
            raise StoryError(f"{self.login} finds no form on {page}.")
        return self._send("POST", path, data={"csrf_token": token[1], **values}).text

    def _send(self, method, path, **options):
        response = self.http.request(
            method, self.base_url + path, timeout=TIMEOUT, **options
        )
        if response.status_code >= 400:
            raise StoryError(
                f"{self.login} at {path}: HTTP {response.status_code}\n{response.text[:500]}"
            )
        return response

    def make_api_key(self):
        """Return a new API key, made in the user's own profile: valid for a day."""
        keys = "res.users.apikeys.description"
        described = self.call(keys, "create", {"name": "Story", "duration": "1"})
        answer = self.call(keys, "make_key", [described])
        if answer["res_model"] == "res.users.identitycheck":
            answer = self.call(
                answer["res_model"],
                "run_check",
                [answer["res_id"]],
                context={"password": PASSWORD},
            )
        return answer["context"]["default_key"]


class Shop:
    """The shop's software: it knows an address and a key, nothing else."""

    def __init__(self, base_url, key):
        self.url = f"{base_url}/o2o/api/v1/orders"
        self.headers = {"Authorization": f"Bearer {key}"}

    def post(self, order):
        """Post an order; return status and answer."""
        response = requests.post(
            self.url, json=order, headers=self.headers, timeout=TIMEOUT
        )
        return response.status_code, response.json()

    def get(self, channel, reference):
        """Return the state of an order."""
        response = requests.get(
            f"{self.url}/{channel}/{reference}", headers=self.headers, timeout=TIMEOUT
        )
        return response.json()
