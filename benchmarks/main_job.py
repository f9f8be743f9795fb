"""How long the main job takes on a folder of dumps, and what a second run of it costs.

    python benchmarks/main_job.py FOLDER [--direct]

Prints records a second, the second run's share of the first one's time, and peak memory of the
largest process, from one run of each on this machine.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path


def main() -> None:
    """Run twice and compare."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--direct", action="store_true")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as lake:
        first, summary = timed(options.folder, Path(lake), direct=options.direct)
        second, _ = timed(options.folder, Path(lake), direct=options.direct)
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    records = summary["records_read"]
    print(f"first run    {first:8.1f} s  {records / first:8.1f} records/s  ({records} records)")
    print(f"second run   {second:8.1f} s  {second / first:8.3f} of the first")
    print(f"peak memory  {peak:8.0f} MiB, largest process")


def timed(folder: Path, lake: Path, *, direct: bool) -> tuple[float, dict]:
    """Wall seconds of one run, and its summary."""
    command = [sys.executable, "-m", "flows.cli", "run", folder, "--lake", lake, "--json"]
    command += ["--direct"] if direct else []
    began = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)
    return time.perf_counter() - began, json.loads(done.stdout)


if __name__ == "__main__":
    main()
