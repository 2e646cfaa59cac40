"""The virtual environment with Odoo's Python requirements and the developers' tools."""

import os
import subprocess
import sys
from pathlib import Path

from dev import debian, paths
from dev.build import built
from dev.errors import SetupError
from dev.process import run

REQUIREMENTS = paths.CHECKOUT / "dev" / "requirements.txt"
# Inside the environment itself (bin/run python …) the interpreter it was made from.
INTERPRETER = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
REMEDY = (
    "Check that the Python package index can be reached (pip's settings: "
    "`pip config list`), and run the command again."
)


def python():
    """Return the interpreter of the environment, which is built when missing."""
    version = "{}.{}.{}".format(*sys.version_info[:3])
    key = paths.digest(REQUIREMENTS, INTERPRETER, version)
    name = f"venv-{sys.version_info[0]}.{sys.version_info[1]}-{key}"
    title = "Python packages of Odoo and of the tests (about 40 s)"
    target = paths.cache_root() / name

    def fill(folder):
        _fill(folder)
        _point_scripts(folder, target)

    return built(target, title, fill) / "bin" / "python"


def _point_scripts(folder, target):
    """Make the scripts in bin/ name the interpreter where it will be after the rename."""
    for script in (folder / "bin").iterdir():
        if script.is_file() and not script.is_symlink():
            content = script.read_bytes()
            if str(folder).encode() in content:
                script.write_bytes(
                    content.replace(str(folder).encode(), str(target).encode())
                )


def _fill(folder):
    """Create the virtual environment in `folder` and install the requirements."""
    try:
        run([INTERPRETER, "-m", "venv", "--without-pip", folder], _venv_remedy())
    except SetupError:
        # A Debian python3 without python3-venv may lack the module altogether.
        raise SetupError(
            f"This Python can't make virtual environments. {_venv_remedy()}"
        ) from None
    interpreter = folder / "bin" / "python"
    run(
        [
            interpreter,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--no-input",
            "--no-compile",
            "-r",
            REQUIREMENTS,
        ],
        REMEDY,
        what="Installing Python packages",
        env=pip_environment(),
    )


def pip_environment():
    """Return the environment in which `python -m pip` works inside a bare venv."""
    pip = _pip_path()
    return dict(
        os.environ,
        PYTHONPATH=os.pathsep.join(map(str, pip)),
        LC_ALL="C.UTF-8",
        PIP_DISABLE_PIP_VERSION_CHECK="1",
    )


def _pip_path():
    """Return the sys.path entries with pip: Python's own bundle, else Debian's wheel."""
    code = (
        "import ensurepip, pathlib; bundled = pathlib.Path(ensurepip.__file__).parent; "
        "print(*bundled.glob('_bundled/*.whl'), sep='\\n')"
    )
    found = subprocess.run(
        [INTERPRETER, "-c", code], capture_output=True, text=True, check=False
    )
    wheels = [Path(line) for line in found.stdout.splitlines() if line]
    if not wheels:
        wheels = (
            sorted(Path("/usr/share/python-wheels").glob("*.whl"))
            or debian.pip_wheels()
        )
    return [wheel for wheel in wheels if wheel.name.startswith(("pip-", "setuptools-"))]


def _venv_remedy():
    return (
        "Install the package python3-venv (as root: apt-get install python3-venv), "
        "or use another Python: make PYTHON=..."
    )
