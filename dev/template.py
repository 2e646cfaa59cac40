"""Database templates, so that tests and the demo don't install Odoo each time.

`base` holds Odoo and what the addon depends on; its key is Odoo and that list.
`addon` adds the addon; its key is the addon's content on top. Both come with demo
data or without. A template is a database `o2o_tpl_<key>`; a dump of `base` in the
machine's cache spares the next clone the installation.
"""

import ast
import shutil

from dev import paths
from dev.build import built, locked
from dev.console import step
from dev.database import Databases
from dev.odoo_run import install, odoo_run
from dev.postgres import external

# Charts of accounts come with localisations; the demo's company is Chinese.
LOCALISATION = "l10n_cn"
# Scripts and style sheets take 20 s to build: not at a person's first page. The company
# look-up of Odoo's web service, which the first page starts, would need the internet.
WARM_UP = """
qweb = env["ir.qweb"]
for bundle in (
    "web.assets_frontend_minimal",
    "web.assets_frontend",
    "web.assets_frontend_lazy",
    "web.assets_web",
    "web.assets_web_print",
    "bus.websocket_worker_assets",
):
    qweb._get_asset_bundle(bundle, css=False, js=True).js()
    qweb._get_asset_bundle(bundle, css=True, js=False).css()
env["res.company"].search([]).write({"iap_enrich_auto_done": True})
env.cr.commit()
"""
PREFIX = "o2o_tpl_"
KEPT = 3  # addon templates of older contents that stay, for switching branches


def manifest(addon=paths.ADDON):
    """Return an addon's manifest."""
    return ast.literal_eval((paths.CHECKOUT / addon / "__manifest__.py").read_text())


def content_key(addon=paths.ADDON):
    """Return a hash of all files of the addon that an installation reads."""
    files = sorted(
        path
        for path in (paths.CHECKOUT / addon).rglob("*")
        if path.is_file()
        and path.suffix != ".pyc"
        and "tests" not in path.relative_to(paths.CHECKOUT).parts
    )
    return paths.digest(
        *(
            part
            for path in files
            for part in (str(path.relative_to(paths.CHECKOUT)), path)
        )
    )


class Templates:
    """The templates of one environment."""

    def __init__(self, environment):
        self.environment = environment
        self.databases = Databases(environment)

    def base(self, demo):
        """Return the name of the template with the addon's dependencies."""
        modules = sorted({*manifest()["depends"], LOCALISATION})
        name = PREFIX + paths.digest(
            self.environment.odoo.identity, *modules, str(demo)
        )
        self._made(
            name, lambda building: self._fill_base(building, name, modules, demo)
        )
        return name

    def addon(self, demo):
        """Return the name of the template with the addon installed."""
        base = self.base(demo)
        name = f"{PREFIX}addon_{'demo' if demo else 'test'}_" + paths.digest(
            base, content_key(), WARM_UP
        )
        if self._made(name, lambda building: self._fill_addon(building, base, demo)):
            self._prune(name)
        return name

    def _made(self, name, fill):
        """Make the template unless it exists; say whether it was made."""
        if self.databases.exists(name):
            return False
        with locked(paths.state_dir() / f".{name}.lock"):
            if self.databases.exists(name):
                return False
            building = f"{name}_building"
            self.databases.drop(building)
            try:
                fill(building)
            except BaseException:
                self.databases.drop(building)
                raise
            self.databases.drop(name)  # files of a former one
            self.databases.rename(building, name)
        return True

    def _fill_base(self, building, name, modules, demo):
        """Restore the template from the cache, or install and put it there."""
        cached = paths.cache_root() / "templates" / name
        if external():
            # A dump of one PostgreSQL version may not fit another; the template stays in that server.
            self._install_base(building, modules, demo)
            return
        cached.parent.mkdir(exist_ok=True)
        if not cached.exists():
            fresh = []

            def fill(folder):
                self._install_base(building, modules, demo)
                self.databases.dump(building, folder)
                fresh.append(True)

            built(
                cached,
                f"a database with Odoo and {len(modules)} modules (about 90 s, once per machine)",
                fill,
            )
            if fresh:
                return
        with step("the cached database with Odoo"):
            self.databases.restore(cached, building)

    def _install_base(self, building, modules, demo):
        self.databases.create(building)
        install(self.environment, building, modules, demo=demo)

    def _fill_addon(self, building, base, demo):
        with step(f"{paths.ADDON}{' with demo data' if demo else ''}"):
            self.databases.clone(base, building)
            install(self.environment, building, [paths.ADDON], demo=demo)
            if demo:
                odoo_run(
                    self.environment,
                    "shell",
                    "-d",
                    building,
                    "--no-http",
                    stdin=WARM_UP,
                )

    def _prune(self, newest):
        """Drop all but the last templates of the kind of `newest`."""
        kind = newest.rsplit("_", 1)[0]
        listed = self.databases.query(
            "postgres",
            f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}%' "
            "AND datname NOT LIKE '%building' ORDER BY oid DESC",
        )
        for old in listed.splitlines()[KEPT:]:
            if old != newest:
                self.databases.drop(old)
                shutil.rmtree(
                    paths.cache_root() / "templates" / old, ignore_errors=True
                )
