"""Database templates, so that tests and the demo don't install Odoo each time.

`base` holds Odoo and what the addon depends on; its key is Odoo and that list.
`addon` adds the addon; its key is the addon's content on top. Both come with demo
data or without. A template is a database `o2o_tpl_<key>`; a dump of it in the
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
        name, modules = self._base_name(demo), _base_modules()

        def make(building):
            self.databases.create(building)
            install(self.environment, building, modules, demo=demo)

        title = f"a database with Odoo and {len(modules)} modules (about 90 s, once per machine)"
        self._ensure(name, title, make)
        return name

    def addon(self, demo):
        """Return the name of the template with the addon installed."""
        kind = f"{PREFIX}addon_{'demo' if demo else 'test'}_"
        name = kind + paths.digest(self._base_name(demo), content_key(), WARM_UP)

        def make(building):
            self.databases.clone(self.base(demo), building)
            install(self.environment, building, [paths.ADDON], demo=demo)
            if demo:
                shell = ("shell", "-d", building, "--no-http")
                odoo_run(self.environment, *shell, stdin=WARM_UP)

        title = f"{paths.ADDON}{' with demo data' if demo else ''} in it (about 30 s)"
        if not self.databases.exists(name) and not _cached(name).exists():
            self.base(demo)  # a step of its own, told before this one
        if self._ensure(name, title, make):
            self._prune(kind)
        return name

    def _base_name(self, demo):
        identity = self.environment.odoo.identity
        return PREFIX + paths.digest(identity, *_base_modules(), str(demo))

    def _ensure(self, name, title, make):
        """Make the template unless it exists; say whether it was made.

        Renaming the database is the last act, so one with this name is complete.
        """
        if self.databases.exists(name):
            return False
        with locked(paths.state_dir() / f".{name}.lock"):
            if self.databases.exists(name):
                return False
            building = f"{name}_building"
            self.databases.drop(building)
            try:
                self._fill(building, name, title, make)
            except BaseException:
                self.databases.drop(building)
                raise
            self.databases.drop(name)  # files of a former one
            self.databases.rename(building, name)
        return True

    def _fill(self, building, name, title, make):
        """Restore the database from the machine's cache, or make it and put it there."""
        if external():
            # A dump of one PostgreSQL version may not fit another: no cache.
            with step(title):
                make(building)
            return
        fresh = []

        def make_and_dump(folder):
            make(building)
            self.databases.dump(building, folder)
            fresh.append(True)

        built(_cached(name), title, make_and_dump)
        if not fresh:
            with step("a database from the machine's cache"):
                self.databases.restore(_cached(name), building)

    def _prune(self, kind):
        """Forget all but the newest templates of a kind, here and in the cache."""
        listed = self.databases.query(
            "postgres",
            f"SELECT datname FROM pg_database WHERE datname LIKE '{kind}%' "
            "AND datname NOT LIKE '%building' ORDER BY oid DESC",
        )
        for old in listed.splitlines()[KEPT:]:
            self.databases.drop(old)
        folders = _cached(kind).parent.glob(f"{kind}*")
        for old in sorted(folders, key=lambda path: -path.stat().st_mtime)[KEPT:]:
            shutil.rmtree(old, ignore_errors=True)


def _base_modules():
    return sorted({*manifest()["depends"], LOCALISATION})


def _cached(name):
    return paths.cache_root() / "templates" / name
