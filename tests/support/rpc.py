"""A client of the calls that Odoo's own web client makes."""

import http.cookiejar
import itertools
import json
import urllib.request


class RpcError(Exception):
    """The server refused; `name` is the exception's class, the text its message."""

    def __init__(self, error):
        data = error.get("data") or {}
        self.name = data.get("name", "")
        super().__init__(data.get("message") or error.get("message"))


class Rpc:
    """A session of one user on one database.

    >>> rpc = Rpc(server.base_url, server.database, "admin", "admin")
    >>> rpc("res.partner", "search_read", [["is_dealer", "=", True]], ["name"])
    """

    _numbers = itertools.count(1)

    def __init__(self, base_url, database, login, password):
        self.base_url = base_url
        self.opener = urllib.request.build_opener(
            urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        )
        session = self._post(
            "/web/session/authenticate",
            {"db": database, "login": login, "password": password},
        )
        self.uid = session["uid"]

    def __call__(self, model, method, *args, **kwargs):
        """Call a public method of a model."""
        params = {"model": model, "method": method, "args": args, "kwargs": kwargs}
        return self._post(f"/web/dataset/call_kw/{model}/{method}", params)

    def _post(self, path, params):
        body = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": "call",
            "params": params,
        }
        request = urllib.request.Request(
            self.base_url + path,
            json.dumps(body).encode(),
            {"Content-Type": "application/json"},
            method="POST",
        )
        with self.opener.open(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer.get("result")
