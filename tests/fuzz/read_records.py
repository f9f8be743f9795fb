"""Fuzz the readers and the decoder: python -m tests.fuzz.read_records [-max_total_time=SECONDS].

Coverage-guided (atheris): each input is read as a file of unknown kind. What may not happen: an
exception, a reason that no contract knows, a record that is not where its place says, a NUL in
what is decoded. An input that does it is written into the working directory as `crash-*`.
"""

import io
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import atheris

with atheris.instrument_imports(include=["flows.steps"]):
    from flows.steps.decode import decode
    from flows.steps.options import FieldNames, Limits
    from flows.steps.read import read_records
    from flows.steps.record import Record, Reject
    from schemas.rejects import REASONS

NAMES = FieldNames()
LIMITS = Limits(
    max_record_bytes=1 << 20,
    max_nested_bytes=1 << 20,
    max_total_bytes=1 << 24,
    max_text_chars=1 << 18,
)
SEEDS = Path(__file__).resolve().parents[2] / "data" / "raw" / "sample"


def read(data: bytes) -> None:
    """Read the bytes as a file, to its end."""
    count = 0
    for found in read_records(io.BytesIO(data), "fuzz", LIMITS, NAMES):
        assert found.locator.ordinal == count
        count += 1
        outcome = decode(found, NAMES, LIMITS) if isinstance(found, Record) else found
        if isinstance(outcome, Reject):
            assert outcome.reason in REASONS
        else:
            assert "\0" not in outcome.text
            assert outcome.text.strip()
    assert count > 0


def main() -> None:
    """Fuzz for a minute, from the sample dumps on, or for as long as is asked."""
    given = sys.argv[1:]
    limit = [] if any("total_time" in one for one in given) else ["-max_total_time=60"]
    seeds = [str(path) for path in sorted(SEEDS.iterdir()) if path.is_dir()]
    with TemporaryDirectory() as found:  # the fuzzer writes what it finds into the first folder
        atheris.Setup([sys.argv[0], "-max_len=65536", *limit, *given, found, *seeds], read)
        atheris.Fuzz()


if __name__ == "__main__":
    main()
