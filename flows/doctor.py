"""Doctor: look at everything a run needs, and say what to do about what is not right."""

import json
import os
import platform
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Collection, Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.util import find_spec
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

from flows.errors import SetupError

PYTHON_LEAST = (3, 11)
SPACE_LEAST_BYTES = 2_000_000_000
MEMORY_LEAST_BYTES = 1_000_000_000
CLOCK_LEAST = datetime(2025, 1, 1, tzinfo=UTC)
API_SECONDS = 3.0
EXTENSIONS = ("ducklake", "sqlite_scanner")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is right, what was found, and else what to do."""

    name: str
    is_ok: bool
    found: str
    advice: str | None = None


def diagnose(lake: Path, models: Collection[str]) -> list[Finding]:
    """Look at Python, packages, extensions, models, kernel, lake, API, disk, memory and clock.

    `models` are the entity models that the configuration wants.

    Nothing is changed, and no network is used unless PREFECT_API_URL is set. Nothing raises:
    what cannot be looked at is a finding.
    """
    return [
        _check_python(),
        *_check_packages(),
        *(_check_extension(name) for name in EXTENSIONS),
        *map(_check_model, sorted(models)),
        _check_kernel(),
        _check_lake(lake),
        _check_api(os.environ.get("PREFECT_API_URL")),
        _check_space("disk at the lake", _existing(lake)),
        _check_space("temporary space", Path(tempfile.gettempdir())),
        _check_memory(),
        _check_cores(),
        _check_clock(datetime.now(UTC)),
    ]


def print_findings(findings: Sequence[Finding], as_json: bool = False) -> None:
    """Print findings on stdout, one a line with its advice below it, or as a JSON list."""
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], ensure_ascii=False, indent=2))
        return
    from rich.text import Text

    from flows.console import out

    width = max((len(finding.name) for finding in findings), default=0)
    for finding in findings:
        mark = ("ok  ", "green") if finding.is_ok else ("fix ", "bold red")
        line = Text.assemble(mark, (finding.name.ljust(width + 2), "bold"), finding.found)
        out().print(line, soft_wrap=True)
        if finding.advice and not finding.is_ok:
            out().print(Text(" " * (width + 6) + finding.advice, "yellow"), soft_wrap=True)


def _check_python() -> Finding:
    least = ".".join(map(str, PYTHON_LEAST))
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    return Finding(
        "Python", sys.version_info >= PYTHON_LEAST, found, f"install Python {least} or newer"
    )


def _check_packages() -> Iterator[Finding]:
    """One finding for all packages that are right, and one for each that is not."""
    bounds = list(_bounds())
    wrong = [finding for finding in map(_check_package, bounds) if not finding.is_ok]
    if not wrong:
        yield Finding("packages", bool(bounds), f"{len(bounds)} within bounds", _REINSTALL)
    yield from wrong


_REINSTALL = "install Broadsheet again, with its requirements"


def _bounds() -> list[str]:
    """Requirements of the installed package, else of the checkout's pyproject.toml."""
    try:
        stated = requires("broadsheet") or []
    except PackageNotFoundError:
        path = Path(__file__).resolve().parents[1] / "pyproject.toml"
        if not path.exists():
            return []
        stated = tomllib.loads(path.read_text(encoding="utf-8"))["project"]["dependencies"]
    return [line for line in stated if _applies(line)]


def _applies(requirement: str) -> bool:
    from packaging.requirements import Requirement

    marker = Requirement(requirement).marker
    return marker is None or marker.evaluate({"extra": ""})


def _check_package(requirement: str) -> Finding:
    from packaging.requirements import Requirement

    wanted = Requirement(requirement)
    try:
        found = version(wanted.name)
    except PackageNotFoundError:
        return Finding(wanted.name, False, "not installed", f'pip install "{requirement}"')
    is_right = wanted.specifier.contains(found, prereleases=True)
    return Finding(wanted.name, is_right, found, f'pip install "{requirement}"')


def _check_extension(name: str) -> Finding:
    """Load a packaged extension by its path into a fresh DuckDB that may not download."""
    import duckdb

    title = f"DuckDB {name}"
    package = f"duckdb-extension-{name.replace('_', '-')}"
    path = _extension_path(name)
    if path is None:
        return Finding(title, False, "no package", f"pip install {package}=={duckdb.__version__}")
    advice = f"pip install --force-reinstall {package}=={duckdb.__version__}"
    if not path.exists():
        return Finding(title, False, f"{path.parent.name}: no such build", advice)
    try:
        with duckdb.connect() as connection:
            connection.execute("SET autoinstall_known_extensions = false")
            connection.execute("SET autoload_known_extensions = false")
            connection.execute("LOAD '" + str(path).replace("'", "''") + "'")
    except duckdb.Error as error:
        return Finding(title, False, str(error).splitlines()[0], advice)
    return Finding(title, True, f"loads, for DuckDB {duckdb.__version__}")


def _extension_path(name: str) -> Path | None:
    import duckdb

    spec = find_spec(f"duckdb_extension_{name}")
    roots = (spec.submodule_search_locations or []) if spec else []
    folder = f"v{duckdb.__version__}"
    return next(
        (Path(root) / "extensions" / folder / f"{name}.duckdb_extension" for root in roots), None
    )


def _check_model(name: str) -> Finding:
    """An entity model: installed, and every file the pinned one."""
    from flows.models import find_model

    try:
        return Finding(f"model {name}", True, f"{find_model(name).name}, all files as pinned")
    except SetupError as error:
        return Finding(f"model {name}", False, str(error), "install the pinned model")


def _check_kernel() -> Finding:
    """Both ways give the same rows, so a missing kernel is nothing to put right."""
    from flows.steps.kernel import KERNEL

    slow = "not compiled: plain text takes longer; install again where there is a C compiler"
    return Finding("kernel", True, slow if KERNEL is None else "compiled")


def _check_lake(lake: Path) -> Finding:
    """Whether the lake's folder, or the one it would be made in, can be written."""
    folder = _existing(lake)
    if not folder.is_dir():
        return Finding("lake folder", False, f"{folder} is a file", "give --lake another folder")
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        advice = f"allow writing in {folder}, or give --lake another folder"
        return Finding("lake folder", False, f"{folder}: {error.strerror}", advice)
    state = "can be written" if folder == lake.absolute() else "can be made by the first run"
    return Finding("lake folder", True, f"{lake} {state}")


def _existing(path: Path) -> Path:
    """The path, else the nearest folder above it that exists."""
    whole = path.absolute()
    return next(folder for folder in (whole, *whole.parents) if folder.exists())


def _check_api(url: str | None) -> Finding:
    if not url:
        return Finding("Prefect API", True, "none configured; runs embed their own")
    shown = re.sub(r"//[^/@]*@", "//", url)  # an address may carry a password
    advice = "start it (prefect server start), unset PREFECT_API_URL, or run with --direct"
    if not url.startswith(("http://", "https://")):
        return Finding("Prefect API", False, f"{shown} is not an http address", advice)
    try:
        with urlopen(f"{url.rstrip('/')}/health", timeout=API_SECONDS) as reply:
            return Finding("Prefect API", reply.status == 200, f"{shown} answers", advice)
    except (URLError, OSError, ValueError) as error:
        reason = getattr(error, "reason", error)
        return Finding("Prefect API", False, f"{shown} does not answer: {reason}", advice)


def _check_space(name: str, folder: Path) -> Finding:
    free = shutil.disk_usage(folder).free
    advice = f"free {SPACE_LEAST_BYTES / 1e9:.0f} GB there, or use another disk"
    return Finding(name, free >= SPACE_LEAST_BYTES, f"{free / 1e9:,.1f} GB free", advice)


def _check_memory() -> Finding:
    import psutil

    free = psutil.virtual_memory().available
    advice = "close other programs, or run with --workers 1"
    return Finding("memory", free >= MEMORY_LEAST_BYTES, f"{free / 1e9:,.1f} GB free", advice)


def _check_cores() -> Finding:
    count = os.cpu_count() or 1
    return Finding("cores", True, f"{count}")


def _check_clock(now: datetime) -> Finding:
    """Run ids sort by time, so a clock that was never set would put a new run first."""
    return Finding("clock", now >= CLOCK_LEAST, f"{now:%Y-%m-%d %H:%M} UTC", "set the clock")
