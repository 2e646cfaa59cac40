"""A client of Odoo's JSON-RPC, as an integrator would write it."""

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
    """Calls of one user on one database.

    >>> rpc = Rpc(server.base_url, server.database, "admin", "admin")
    >>> rpc("res.partner", "search_read", [["is_dealer", "=", True]], ["name"])
    """

    _numbers = itertools.count(1)

    def __init__(self, base_url, database, login, password):
        self.url = f"{base_url}/jsonrpc"
        self.database, self.password = database, password
        self.uid = self._post("common", "login", database, login, password)
        if not self.uid:
            raise RpcError({"message": f"login of {login} refused"})

    def __call__(self, model, method, *args, **kwargs):
        """Call a public method of a model."""
        return self._post("object", "execute_kw", self.database, self.uid, self.password, model, method, args, kwargs)

    def _post(self, service, method, *args):
        body = {
            "jsonrpc": "2.0",
            "id": next(self._numbers),
            "method": "call",
            "params": {"service": service, "method": method, "args": args},
        }
        request = urllib.request.Request(
            self.url, json.dumps(body).encode(), {"Content-Type": "application/json"}, method="POST"
        )
        with urllib.request.urlopen(request, timeout=120) as response:
            answer = json.load(response)
        if "error" in answer:
            raise RpcError(answer["error"])
        return answer.get("result")
