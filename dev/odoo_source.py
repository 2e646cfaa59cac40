"""Find Odoo 19: ODOO_SRC, an installed one, Debian's package, or a clone of its source."""

import os
import re
import shutil
import subprocess
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from dev import debian, paths
from dev.build import built
from dev.errors import SetupError
from dev.process import run

SERIES = "19.0"
# Odoo starts its long-polling process as `python <argv[0]> gevent`, which `python -m odoo` can't be.
LAUNCHER = "odoo-bin"
LAUNCHER_CODE = "#!/usr/bin/env python3\nfrom odoo.cli import main\n\nmain()\n"
UPSTREAM = "https://github.com/odoo/odoo"


@dataclass(frozen=True)
class OdooSource:
    """An Odoo on disk: `package` is the folder `odoo` itself, `addons` are its addons paths."""

    package: Path
    addons: tuple

    @property
    def identity(self):
        """Return what tells this Odoo from another one, for cache keys."""
        release = self.package / "release.py"
        return paths.digest(str(self.package), release, str(release.stat().st_mtime_ns))


def find():
    """Return the Odoo to use; fetch it when the machine has none."""
    named = os.environ.get("ODOO_SRC")
    if named:
        return inspect(Path(named).expanduser().resolve(), "ODOO_SRC")
    installed = _installed()
    if installed:
        return installed
    target = paths.cache_root() / f"odoo-{SERIES}"
    if not target.exists() and debian.available():
        title = "Odoo 19 from Debian's package odoo-19 (123 MB)"
        built(target, title, debian.unpack_odoo)
    elif not target.exists():
        built(target, "Odoo 19 from its source repository (about 300 MB)", _clone)
    return inspect(target, "the cached Odoo")


def inspect(folder, origin):
    """Return the OdooSource at `folder`: a checkout, a package, or what holds one."""
    for package in (
        folder / "odoo",
        folder,
        folder / "usr/lib/python3/dist-packages/odoo",
    ):
        release = package / "release.py"
        if release.is_file():
            break
    else:
        raise SetupError(
            f"{origin} ({folder}) holds no Odoo: there is no odoo/release.py in it. "
            "Set ODOO_SRC to an Odoo 19.0 checkout or package, or unset it to have Odoo fetched."
        )
    series = _series(release)
    if series != SERIES:
        raise SetupError(
            f"{origin} ({folder}) is Odoo {series}, this addon needs {SERIES}. "
            "Set ODOO_SRC to an Odoo 19.0 checkout or package, or unset it to have Odoo fetched."
        )
    candidates = (package / "addons", package.parent / "addons")
    return OdooSource(
        package,
        tuple(
            path
            for path in candidates
            if (path / "base").is_dir() or (path / "sale").is_dir()
        ),
    )


def importable(source):
    """Return a folder that holds nothing but this Odoo, to put on PYTHONPATH.

    The folder that holds an installed Odoo may hold all of the system's Python
    packages too, which must not shadow those of the virtual environment.
    """
    folder = paths.cache_root() / "links" / paths.digest(str(source.package))
    link = folder / "odoo"
    if not link.is_symlink():
        folder.mkdir(parents=True, exist_ok=True)
        (folder / LAUNCHER).write_text(LAUNCHER_CODE)
        with suppress(
            FileExistsError
        ):  # another set-up was faster, the link is the same
            link.symlink_to(source.package, target_is_directory=True)
    return folder


def _series(release):
    match = re.search(
        r"^version_info\s*=\s*\((?:'saas~)?(\d+)'?\s*,\s*(\d+)",
        release.read_text(),
        re.M,
    )
    return f"{match[1]}.{match[2]}" if match else "of an unknown version"


def _installed():
    """Return an Odoo 19 that Python finds by itself, or None."""
    code = (
        "import importlib.util as u; s = u.find_spec('odoo'); "
        "print(*(s.submodule_search_locations if s else ()), sep='\\n')"
    )
    environment = {
        name: value for name, value in os.environ.items() if name != "PYTHONPATH"
    }
    found = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
        cwd="/",
    )
    for line in found.stdout.splitlines():
        release = Path(line) / "release.py"
        if release.is_file() and _series(release) == SERIES:
            return inspect(Path(line), "the installed Odoo")
    return None


def _clone(folder):
    if not shutil.which("git"):
        raise SetupError(
            "There is no Odoo 19 here, no Debian mirror and no git to fetch it with. "
            "Install git, or set ODOO_SRC to an Odoo 19.0 checkout."
        )
    run(
        [
            "git",
            "clone",
            "--quiet",
            "--depth",
            "1",
            "--branch",
            SERIES,
            UPSTREAM,
            folder / "src",
        ],
        "Check the network, or set ODOO_SRC to an Odoo 19.0 checkout.",
        what="Cloning Odoo",
    )
    for entry in (folder / "src").iterdir():
        entry.rename(folder / entry.name)
