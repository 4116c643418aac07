"""Many scans, one after the other or side by side. One that fails never takes another with it."""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import nullcontext
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

import click
from tqdm import tqdm

from particlesnn.cli.child import settle, spawning
from particlesnn.cli.main import sentence_of
from particlesnn.results.job import Analysed, Job, Result

T = TypeVar("T")
Worker = Callable[[Job], Analysed]


def jobs_for(scans: Sequence[str]) -> list[Job]:
    """Name each scan so that no two results are written to the same file.

    Scans of one stem (in two folders, or with two suffixes) are numbered: ``a``, ``a-2``, ``a-3``.

    Raises
    ------
    click.UsageError
        When a scan is given twice, which would count its particles twice.
    """
    places: set[Path] = set()
    for scan in scans:
        place = Path(scan).resolve()  # also under another spelling, or by a link
        if place in places:
            raise click.UsageError(f"{scan} is given twice; give each scan once")
        places.add(place)
    jobs: list[Job] = []
    used: set[str] = set()
    names = [Path(scan).name for scan in scans]
    for scan, name in zip(scans, names, strict=True):
        plain = Path(scan).stem or "scan"
        stem, number = plain, 1
        while stem.casefold() in used:
            number += 1
            stem = f"{plain}-{number}"
        used.add(stem.casefold())
        jobs.append(Job(scan, name if names.count(name) == 1 else scan, stem))
    return jobs


def run_batch(
    jobs: Sequence[Job], start: Callable[[], Callable[[Job], T]], processes: int, *, debug: bool = False
) -> list[Result[T]]:
    """Do all jobs and return their outcomes in the order of the jobs.

    Parameters
    ----------
    jobs
        What to do.
    start
        Called once in each process; returns the function that does a job. It must be picklable.
    processes
        How many to run side by side; 1 stays in this process.
    debug
        Let an unforeseen error through.
    """
    outcomes: dict[str, Result[T]] = {}
    run = _here(jobs, start, debug=debug) if processes == 1 else _side_by_side(jobs, start, processes)
    with tqdm(total=len(jobs), desc="scans", unit="scan", disable=None) as bar:
        for outcome in run:
            outcomes[outcome.stem] = outcome
            bar.update()
            if outcome.error:
                with tqdm.external_write_mode() if not bar.disable else nullcontext():
                    click.echo(f"particlesnn: {outcome.error}", err=True)
    return [outcomes[job.stem] for job in jobs]


def _here(jobs: Sequence[Job], start: Callable[[], Callable[[Job], T]], *, debug: bool) -> Iterator[Result[T]]:
    work = start()
    for job in jobs:
        yield _attempt(work, job, debug=debug)


def _attempt(work: Callable[[Job], T], job: Job, *, debug: bool = False) -> Result[T]:
    try:
        return Result(job.name, job.stem, work(job))
    except Exception as error:  # one scan's fault, whatever it is, stays its own.
        if debug:
            raise
        sentence = sentence_of(error)
        return Result(job.name, job.stem, error=sentence if job.scan in sentence else f"{job.scan}: {sentence}")


_work: Callable[[Job], Any] | None = None
"""The worker of a child process; set once by `_begin`, there is no other way to hand it to a pool's tasks."""


def _begin(start: Callable[[], Callable[[Job], Any]]) -> None:
    global _work
    settle()
    _work = start()


def _attempt_in_child(job: Job) -> Result[Any]:
    assert _work is not None
    return _attempt(_work, job)


def _side_by_side(jobs: Sequence[Job], start: Callable[[], Callable[[Job], T]], processes: int) -> Iterator[Result[T]]:
    lost: list[Job] = []
    for job, outcome in _in_pool(jobs, start, processes):
        if outcome is None:
            lost.append(job)
        else:
            yield outcome
    # A pool dies with any of its processes. Which scan did it shows when each has a pool of its own.
    for job in lost:
        for _, outcome in _in_pool([job], start, 1):
            yield outcome or Result(
                job.name,
                job.stem,
                error=f"{job.scan}: its process was ended from outside, perhaps for want of memory; use fewer --jobs",
            )


def _in_pool(
    jobs: Sequence[Job], start: Callable[[], Callable[[Job], T]], processes: int
) -> Iterator[tuple[Job, Result[T] | None]]:
    """Do the jobs in one pool; those that the pool did not live to finish have no outcome."""
    # Spawned, not forked: a fork of a process with threads may hang.
    pool = ProcessPoolExecutor(processes, get_context("spawn"), initializer=_begin, initargs=(start,))
    try:
        waiting: dict[Future[Result[T]], Job] = {}
        for job in jobs:
            try:
                with spawning():
                    waiting[pool.submit(_attempt_in_child, job)] = job
            except BrokenProcessPool:
                yield job, None
        for future in as_completed(waiting):
            job = waiting.pop(future)
            yield job, None if isinstance(future.exception(), BrokenProcessPool) else future.result()
    finally:
        pool.shutdown(cancel_futures=True)
