"""A command whose structure step misbehaves on records that say so, in the workers too.

    python -m tests.flows.misbehaviour run ...

It stands for what no test can wait for: a library that loops in native code, dies of a fault in
it, or takes all memory.
"""

import os
import signal
import sys

from flows import shards

_structure = shards.structure
_quotes = shards.find_quotes


def misbehave(text: str) -> None:
    if "LOOP IN PYTHON" in text:
        while True:
            pass
    if "LOOP IN NATIVE CODE" in text:
        sum(range(10**15))  # one bytecode: no alarm is heard in it
    if "KILL THE WORKER" in text:
        os.kill(os.getpid(), signal.SIGKILL)
    if "EAT ALL MEMORY" in text:
        raise MemoryError


def structure(decoded, *knowledge):
    if "WHILE DERIVING" not in decoded.text:
        misbehave(decoded.text)
    return _structure(decoded, *knowledge)


def find_quotes(articles, speech):
    for body in articles["body"].to_pylist():
        if "WHILE DERIVING" in body:
            misbehave(body)
    return _quotes(articles, speech)


if __name__ in ("__main__", "__mp_main__"):  # this process, and every worker that it spawns
    shards.structure = structure
    shards.find_quotes = find_quotes

if __name__ == "__main__":
    from flows.cli import main

    sys.argv[0] = "broadsheet"
    main()
