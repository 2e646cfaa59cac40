"""Fetch Debian packages without root and without changing anything on the system.

A private sources list names the machine's own mirror, once for the machine's own
suite and once for `sid` (which has Odoo 19); packages are unpacked, not installed.
"""

import os
import platform
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

from dev import paths
from dev.build import built
from dev.console import say
from dev.errors import SetupError
from dev.process import run

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
ODOO_PACKAGE = "odoo-19"
# Odoo's web assets are links into these; newer suites keep them at other paths.
ASSET_PACKAGES = (
    "libjs-jquery",
    "libjs-jquery-form",
    "libjs-underscore",
    "fonts-font-awesome",
    "fonts-inconsolata",
    "fonts-glyphicons-halflings",
    "fonts-ocr-b",
    "fonts-roboto-unhinted",
)
REMEDY = (
    "Check that a Debian mirror can be reached (`apt-get update` as root shows it), "
    "or set ODOO_SRC to an Odoo 19 checkout."
)


def available():
    """Say whether this machine has apt and knows a Debian mirror."""
    return bool(
        shutil.which("apt-get")
        and shutil.which("dpkg")
        and KEYRING.exists()
        and _mirror()
    )


def unpack_odoo(folder):
    """Download Odoo 19 and what its web assets link to, and unpack both into `folder`."""
    suite, _uri = _mirror()
    wanted = [f"{ODOO_PACKAGE}/sid", *(f"{name}/{suite}" for name in ASSET_PACKAGES)]
    _unpack(wanted, folder, suites=(suite, "sid"))


def pip_wheels():
    """Return wheels of pip and setuptools for a Python that ships without them."""
    if not available():
        raise SetupError(
            "This Python has no pip. Install it (as root: apt-get install python3-venv), "
            "or use another Python: make PYTHON=..."
        )
    suite, _uri = _mirror()
    names = [
        f"{name}/{suite}" for name in ("python3-pip-whl", "python3-setuptools-whl")
    ]
    folder = built(
        paths.cache_root() / f"pip-{suite}",
        "pip, from Debian",
        lambda target: _unpack(names, target, suites=(suite,)),
    )
    return sorted(folder.glob("usr/share/python-wheels/*.whl"))


def _mirror():
    """Return (suite, address) of the machine's own Debian mirror, or None."""
    with suppress(OSError, subprocess.SubprocessError):
        suite = platform.freedesktop_os_release().get("VERSION_CODENAME", "")
        command = [
            "apt-get",
            "indextargets",
            "--format",
            "$(RELEASE) $(COMPONENT) $(REPO_URI)",
            "Created-By: Packages",
        ]
        listed = subprocess.run(
            command, capture_output=True, text=True, check=True
        ).stdout
        for line in listed.splitlines():
            release, component, address = line.split(" ", 2)
            if component == "main" and release in (
                suite,
                "stable",
                "testing",
                "sid",
                "unstable",
            ):
                return release, address
    return None


def _unpack(packages, folder, suites):
    """Download `packages` (name/suite) and unpack them into `folder`."""
    work = folder / ".apt"
    options = _apt_options(work, suites)
    # Without translations and changelogs the lists of a suite are 11 MB.
    run(
        ["apt-get", *options, "update"],
        REMEDY,
        what="Reading the list of Debian packages",
    )
    say(f"    downloading {', '.join(name.split('/')[0] for name in packages)}")
    downloads = work / "debs"
    downloads.mkdir()
    run(
        ["apt-get", *options, "download", *packages],
        REMEDY,
        what="Downloading Debian packages",
        cwd=downloads,
    )
    for package in sorted(downloads.glob("*.deb")):
        run(
            ["dpkg", "-x", package, folder],
            "Free about 3 GB on the disk and run the command again.",
        )
    shutil.rmtree(work)


def _apt_options(work, suites):
    """Write the private sources list and return the options that make apt use only it."""
    for name in ("lists/partial", "cache/archives/partial"):
        (work / name).mkdir(parents=True)
    _suite, address = _mirror()
    lines = [f"deb [signed-by={KEYRING}] {address} {suite} main\n" for suite in suites]
    (work / "sources.list").write_text("".join(lines))
    settings = {
        "Dir::Etc::sourcelist": work / "sources.list",
        "Dir::Etc::sourceparts": os.devnull,
        "Dir::State::Lists": work / "lists",
        "Dir::Cache": work / "cache",
        "APT::Sandbox::User": "root",
        "Acquire::Languages": "none",
        "Acquire::Retries": "2",
        "APT::Update::Error-Mode": "any",
        "Debug::NoLocking": "true",
    }
    return [
        part for name, value in settings.items() for part in ("-o", f"{name}={value}")
    ]
