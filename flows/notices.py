"""Notices: tell somebody of a problem, once, by a command or a web address.

What was told is remembered in the lake's folder until the problem is gone. A notice that does
not get through is tried again with the next look, and harms no run.
"""

import json
import logging
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import asdict
from pathlib import Path
from urllib.error import URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from flows.lake import LakeFolder
from flows.locks import one_at_a_time
from flows.settings import NoticeSettings
from flows.status import Problem, Status
from flows.storage import write_whole

LOG = logging.getLogger(__name__)


def tell_news(
    lake: LakeFolder, look: Callable[[], Status], notice: NoticeSettings
) -> list[Problem]:
    """Look, and tell of the problems that were not told of before; returns those.

    A run at its end and whoever serves the lake may do so at once: the second looks when the
    first has told. Without a command or an address nobody is told, and all the same each is new
    but once.
    """
    lake.path.mkdir(parents=True, exist_ok=True)
    with one_at_a_time(_told_path(lake)):
        status = look()
        told = _read_told(lake)
        present = [problem for problem in status.problems if problem.kind in notice.kinds]
        news = [problem for problem in present if not told.issuperset(problem.keys)]
        through = [problem for problem in news if _tell(problem, status.lake, notice)]
        lasting = {key for problem in present for key in problem.keys}
        now_told = (told & lasting) | {key for problem in through for key in problem.keys}
        if now_told != told:
            write_whole(_told_path(lake), json.dumps(sorted(now_told), indent=1) + "\n")
    return through


def _tell(problem: Problem, lake: str, notice: NoticeSettings) -> bool:
    """Whether every way that is configured got through."""
    sentence = f"Broadsheet, {problem.kind}: {problem.sentence}"
    body = json.dumps({"text": sentence, "lake": lake, **asdict(problem)})
    ways = []
    if notice.command:
        ways.append(_run_command([*notice.command, sentence], body, notice.timeout_seconds))
    if notice.webhook:
        ways.append(_post(notice.webhook, body, notice.timeout_seconds))
    return all(ways)


def _run_command(command: list[str], body: str, seconds: float) -> bool:
    try:
        done = subprocess.run(
            command, input=body, text=True, timeout=seconds, capture_output=True, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        LOG.warning("[notice] command %s: %s", command[0], error)
        return False
    if done.returncode:
        LOG.warning("[notice] command %s ended with %d", command[0], done.returncode)
    return done.returncode == 0


def _post(address: str, body: str, seconds: float) -> bool:
    request = Request(address, body.encode(), {"Content-Type": "application/json"})
    try:
        with urlopen(request, timeout=seconds) as reply:
            return bool(200 <= reply.status < 300)
    except (URLError, OSError, ValueError) as error:
        # The path of such an address is often its secret.
        host = urlsplit(address).hostname
        LOG.warning("[notice] webhook at %s: %s", host, getattr(error, "reason", error))
        return False


def _told_path(lake: LakeFolder) -> Path:
    return lake.path / "told.json"


def _read_told(lake: LakeFolder) -> set[str]:
    try:
        keys: Iterable[object] = json.loads(_told_path(lake).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):  # never told, or torn by a full disk: tell again
        return set()
    return {str(key) for key in keys}
