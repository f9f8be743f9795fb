"""Landing a shard whatever its records do to the worker: hang it, kill it, eat its memory.

A shard whose worker died is landed again by a worker of its own, so that a death there is the
shard's doing and no neighbour's. Its post tells at which record; a record on which workers die
again and again is rejected, and the rest of the shard is landed.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from functools import cache

from flows.engines import WorkerDiedError, WorkerLostError, WorkerPool
from flows.memory import load_for_good
from flows.plan import Shard
from flows.posts import WHOLE_SHARD, Post
from flows.workshop import Care, Receipt, Workshop


def land_safely(pool: WorkerPool, shard: Shard, workshop: Workshop) -> Receipt:
    """Land a shard in a worker of the pool and return its receipt.

    A record that does not end in its time becomes a reject `record_timed_out`; one on which
    the worker dies as often as the pool tries a call, `worker_lost`. Raises WorkerLostError
    when workers die without having come to a record.
    """
    post = Post(workshop.staging, shard.shard_id)
    care, deaths = Care(), Counter[int | None]()
    is_alone = False
    while True:
        watch = _Watch(post)
        try:
            receipt: Receipt = pool.try_once(
                _land, shard, workshop, care, is_alone=is_alone, watch=watch
            )
        except (WorkerDiedError, MemoryError):
            standing = post.read()
            place = standing.place if standing else None
            deaths[place] += 1
            care = _judge(care, place, deaths[place], watch.has_ended, pool.attempts)
            is_alone = True
        else:
            return receipt


def _land(shard: Shard, workshop: Workshop, care: Care) -> Receipt:
    receipt: Receipt = _load_steps()(shard, workshop, care)
    return receipt


@cache
@load_for_good()
def _load_steps() -> Callable[[Shard, Workshop, Care], Receipt]:
    """What lands a shard: every step comes with it, and only workers need them."""
    from flows.shards import land_shard

    return land_shard


class _Watch:
    """Looks at a post now and then, and remembers whether it had to end the worker."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.has_ended = False

    def __call__(self) -> None:
        self.has_ended = self._post.end_overdue() or self.has_ended


def _judge(care: Care, place: int | None, deaths: int, was_overdue: bool, attempts: int) -> Care:
    """What to do about a place at which a worker died: mind it, once it is to blame."""
    if place is None and deaths >= attempts:
        raise WorkerLostError(
            f"a worker died {attempts} times before its first record; the shards that are "
            "staged stay and are used by the next run ([run] attempts)"
        )
    if place is None or not (was_overdue or deaths >= attempts):
        return care
    if place == WHOLE_SHARD:
        return replace(care, is_one_by_one=True)
    reason = "record_timed_out" if was_overdue else "worker_lost"
    return replace(care, given_up={**care.given_up, place: reason})
