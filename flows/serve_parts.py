"""The parts of `broadsheet serve`, each a process: Prefect's server, and the runner of its runs."""

import asyncio
import runpy
import sys
from pathlib import Path
from uuid import UUID

from prefect import get_client
from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.filters import (
    FlowRunFilter,
    FlowRunFilterDeploymentId,
    FlowRunFilterExpectedStartTime,
    FlowRunFilterParentFlowRunId,
    FlowRunFilterState,
    FlowRunFilterStateType,
)
from prefect.client.schemas.objects import State, StateType
from prefect.client.schemas.sorting import FlowRunSort
from prefect.runner import Runner
from prefect.schedules import Cron
from prefect.states import Cancelled, Crashed
from prefect.types import DateTime

from flows.lake import LakeFolder
from flows.locks import live_holder
from flows.nightly import nightly
from flows.parents import end_with_parent
from flows.settings import Settings, load_settings

OPEN = [StateType.RUNNING, StateType.PENDING, StateType.CANCELLING]

POLL_SECONDS = 5
"""How long a run that is due may wait for the runner to see it."""


class GentleRunner(Runner):
    """A runner that on SIGTERM ends its runs and then itself.

    Prefect's own handler leaves the call that would end the runs unawaited.
    """

    def handle_sigterm(self, *_: object, **__: object) -> None:
        """Stop from within the loop that the signal has interrupted."""
        loop = asyncio.get_running_loop()
        loop.call_soon_threadsafe(lambda: loop.create_task(self.astop()))


def main() -> None:
    """Run the part that the first argument names, and end with the process of the second."""
    end_with_parent(int(sys.argv[2]))
    if sys.argv[1] == "server":
        run_server()
    else:
        run_runner(Path(sys.argv[3]), Path(sys.argv[4]) if sys.argv[4:] else None)


def run_server() -> None:
    """Run Prefect's server in this process; its address comes from the environment."""
    sys.argv = ["prefect", "server", "start"]
    runpy.run_module("prefect", run_name="__main__")


def run_runner(lake: Path, config: Path | None) -> None:
    """Register the deployment, clear up after a dead runner, and start runs when they are due."""
    settings = load_settings(config)
    runner = GentleRunner(
        name="broadsheet", limit=1, pause_on_shutdown=False, query_seconds=POLL_SECONDS
    )
    asyncio.run(_serve_runs(runner, LakeFolder(lake), config, settings))


async def _serve_runs(
    runner: Runner, lake: LakeFolder, config: Path | None, settings: Settings
) -> None:
    schedule = settings.schedule
    deployment_id = await runner.aadd_flow(
        nightly,
        name=lake.path.name,
        schedules=[Cron(schedule.cron, timezone=schedule.time_zone)],
        parameters={"lake": str(lake.path), "config": str(config) if config else None},
        description=f"Every source into {lake.path}, at {schedule.cron}, {schedule.time_zone}.",
        tags=["broadsheet"],
    )
    await clear_up(deployment_id, lake, settings)
    await runner.start()


async def clear_up(deployment_id: UUID, lake: LakeFolder, settings: Settings) -> None:
    """Crash runs whose process died with their runner, and let one missed slot stand for all.

    Prefect would leave the ones running for ever, and replay the others one by one.
    """
    async with get_client() as client:
        if live_holder(lake.lock, settings.run.lock_expiry_seconds) is None:
            for run_id in await find_open(client, deployment_id):
                died: State[None] = Crashed(message="Its process ended without a word.")
                await client.set_flow_run_state(run_id, died, force=True)
        for run_id in (await find_missed(client, deployment_id))[:-1]:
            missed: State[None] = Cancelled(message="Missed; a later slot takes its files in.")
            await client.set_flow_run_state(run_id, missed, force=True)


async def find_open(client: PrefectClient, deployment_id: UUID) -> list[UUID]:
    """Runs of the deployment that seem to be running, with the runs inside them."""
    is_open = FlowRunFilterState(type=FlowRunFilterStateType(any_=OPEN))
    outer = await _find(
        client,
        FlowRunFilter(deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]), state=is_open),
    )
    if not outer:
        return []
    parents = FlowRunFilterParentFlowRunId(any_=outer)
    inner = await _find(client, FlowRunFilter(parent_flow_run_id=parents, state=is_open))
    return [*inner, *outer]


async def find_missed(client: PrefectClient, deployment_id: UUID) -> list[UUID]:
    """Runs of the deployment whose time has passed and that nobody has started, oldest first."""
    return await _find(
        client,
        FlowRunFilter(
            deployment_id=FlowRunFilterDeploymentId(any_=[deployment_id]),
            state=FlowRunFilterState(type=FlowRunFilterStateType(any_=[StateType.SCHEDULED])),
            expected_start_time=FlowRunFilterExpectedStartTime(before_=DateTime.now("UTC")),
        ),
    )


async def _find(client: PrefectClient, wanted: FlowRunFilter) -> list[UUID]:
    found = await client.read_flow_runs(
        flow_run_filter=wanted, sort=FlowRunSort.EXPECTED_START_TIME_ASC
    )
    return [run.id for run in found]


if __name__ == "__main__":
    main()
