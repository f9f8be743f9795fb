"""What `docs/deploy/` and `prefect.yaml` say, done as they say it."""

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest

from flows.lake import open_lake
from tests.flows.landing import broadsheet, broken_laws, facts, land
from tests.flows.nights import free_port, wait_until

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
BIN = Path(sys.executable).parent
SAMPLE = ROOT / "data" / "raw" / "sample"


def test_the_unit_is_right_by_systemd(tmp_path: Path) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("needs systemd-analyze")
    text = (DEPLOY / "broadsheet.service").read_text()
    unit = tmp_path / "broadsheet.service"
    unit.write_text(text.replace("/opt/broadsheet/.venv/bin/broadsheet", str(BIN / "broadsheet")))
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", unit], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "broadsheet.service" not in done.stderr, done.stderr


def instructions(name: str) -> Iterator[str]:
    """Arguments of one kind of instruction of the Containerfile."""
    for line in (DEPLOY / "Containerfile").read_text().splitlines():
        word, _, rest = line.partition(" ")
        if word == name:
            yield rest


def test_the_container_starts_the_command_that_there_is() -> None:
    [command] = instructions("CMD")
    words = json.loads(command)
    assert words[0] == "/opt/broadsheet/.venv/bin/broadsheet"
    done = broadsheet(words[1], "--help")
    assert all(option in done.stdout for option in words if option.startswith("--"))


def copy_checkout(target: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True
    ).stdout.splitlines()
    for name in tracked:
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(ROOT / name, target / name)


@pytest.mark.heavy
@pytest.mark.parametrize(("compiler", "is_compiled"), [("false", False), ("cc", True)])
def test_the_package_installs_with_and_without_a_compiler(
    compiler: str, is_compiled: bool, tmp_path: Path
) -> None:
    if shutil.which(compiler) is None:
        pytest.skip(f"needs {compiler}")
    copy_checkout(tmp_path / "checkout")
    python = tmp_path / "venv" / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "venv"], check=True)
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--no-deps", tmp_path / "checkout"],
        env={**os.environ, "CC": compiler},
        check=True,
    )
    [package] = (tmp_path / "venv").glob("lib/python*/site-packages/flows")
    shown = subprocess.run(
        [sys.executable, "-c", "from flows.steps import kernel; print(kernel.KERNEL is not None)"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(package.parent)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown.stdout.strip() == str(is_compiled)


@pytest.mark.heavy
def test_the_commands_of_the_container_install_what_runs(tmp_path: Path) -> None:
    prefix = tmp_path / "broadsheet"
    copy_checkout(prefix)
    for command in instructions("RUN"):
        subprocess.run(
            ["sh", "-ec", command],
            cwd=prefix,
            env={**os.environ, "PREFIX": str(prefix)},
            check=True,
        )
    lake = tmp_path / "lake"
    done = subprocess.run(
        [prefix / ".venv/bin/broadsheet", "run", SAMPLE / "wordpress", "--lake", lake, "--direct"],
        cwd=tmp_path, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr


def shell_block(title: str) -> str:
    """The first block of shell commands under a heading of the operations page."""
    text = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
    found = re.search(rf"^##+ {title}\n.*?```sh\n(.*?)```", text, re.M | re.S)
    assert found, title
    return found[1]


@pytest.mark.heavy
def test_a_backup_is_restored_as_the_page_says(tmp_path: Path) -> None:
    """Taken while the lake is in use; what lands later is not in it."""
    lake, backup, restored = (tmp_path / name for name in ("lake", "backup", "restored"))
    land(SAMPLE / "wordpress", lake)
    expected = facts(lake)
    places = {"LAKE": str(lake), "BACKUP": str(backup), "RESTORED": str(restored)}
    environment = {**os.environ, **places, "PATH": f"{BIN}:{os.environ['PATH']}"}

    def do(block: str) -> None:
        subprocess.run(["bash", "-ec", block], env=environment, cwd=ROOT, check=True)

    do(shell_block("Backup"))
    land(SAMPLE / "json", lake)
    do(shell_block("Restore"))
    assert facts(restored) == expected
    assert broken_laws(restored) == []
    again = land(SAMPLE / "wordpress", restored)
    assert (again["files_known"], again["records_read"]) == (again["files_seen"], 0)


class Server:
    """A Prefect server of somebody else, and the commands that he would give."""

    def __init__(self, home: Path) -> None:
        self.port = free_port()
        self.api = f"http://127.0.0.1:{self.port}/api"
        self.environment = {
            **os.environ,
            "PREFECT_HOME": str(home),
            "PREFECT_API_URL": self.api,
            "PREFECT_SERVER_API_PORT": str(self.port),
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "DO_NOT_TRACK": "1",
            "PATH": f"{BIN}:{os.environ['PATH']}",
        }
        self.process = self.start("server", "start")
        wait_until(self.answers, "the server")

    def start(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            ["prefect", *words], env=self.environment, cwd=ROOT,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
        )  # fmt: skip

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["prefect", *words], env=self.environment, cwd=ROOT,
            capture_output=True, text=True, check=False,
        )  # fmt: skip

    def answers(self) -> bool:
        with suppress(OSError), urlopen(f"{self.api}/health", timeout=3) as reply:
            return reply.status == 200
        return False


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("prefect"))
    yield server
    server.process.terminate()
    server.process.wait(60)


@pytest.mark.heavy
def test_a_worker_runs_the_deployment_of_prefect_yaml(server: Server, tmp_path: Path) -> None:
    header = (ROOT / "prefect.yaml").read_text().partition("\n\n")[0]
    commands = [shlex.split(line[1:]) for line in header.splitlines() if line.startswith("#   ")]
    for words in commands[:2]:
        done = server.command(*words[1:])
        assert done.returncode == 0, done.stdout + done.stderr
    (tmp_path / "sources").mkdir()
    (tmp_path / "sources" / "wordpress.toml").write_text(
        f'name = "wordpress"\npath = "{SAMPLE / "wordpress"}"\nsettle_seconds = 0\n'
    )
    (tmp_path / "c.toml").write_text("")
    lake = tmp_path / "lake"
    asked = ["--param", f"lake={lake}", "--param", f"config={tmp_path / 'c.toml'}"]
    wrong = server.command(
        "deployment", "run", "nightly/broadsheet", *asked, "--param", "workers=0"
    )
    assert wrong.returncode != 0
    done = server.command("deployment", "run", "nightly/broadsheet", *asked)
    assert done.returncode == 0, done.stdout + done.stderr
    worker = server.start(*commands[2][1:])
    try:
        wait_until(lambda: _succeeded(lake), "the worker's run")
    finally:
        worker.terminate()
        # Prefect's worker now and then hangs when it is asked to end while its flow run ends.
        with suppress(subprocess.TimeoutExpired):
            worker.wait(30)
        worker.kill()
        worker.wait()


def _succeeded(lake: Path) -> bool:
    if not (lake / "lake.json").exists():
        return False
    with open_lake(lake) as connection:
        rows = connection.execute("SELECT status, engine FROM runs").fetchall()
    return rows == [("succeeded", "prefect")]


@pytest.mark.heavy
def test_the_automations_are_taken(server: Server) -> None:
    done = server.command("automation", "create", "--from-file", str(DEPLOY / "automations.yaml"))
    assert done.returncode == 0, done.stdout + done.stderr
    listed = server.command("automation", "ls")
    assert "stopped" in listed.stdout
    assert "late" in listed.stdout
