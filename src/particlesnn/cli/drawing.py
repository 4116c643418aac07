"""Who draws: a process of its own, beside the one that finds and measures. See docs/adr/0025.

Importing matplotlib and drawing take longer than measuring does, and both hold the interpreter. This file imports
nothing that is slow, so that the process is under way before the rest of the program is imported.
"""

from collections.abc import Iterator
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context

from particlesnn.cli.child import settle, spawning
from particlesnn.report.late import prepare_overlay


@contextmanager
def drawing_process() -> Iterator[Executor]:
    """Start the process that draws; at the end it is gone, and what it had not begun is dropped."""
    pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=settle)
    try:
        with spawning():
            pool.submit(prepare_overlay)
        yield pool
    finally:
        pool.shutdown(cancel_futures=True)


def drawing_thread() -> Executor:
    """Draw in this process, which is itself one of several; the import runs beside the network all the same."""
    pool = ThreadPoolExecutor(1)
    pool.submit(prepare_overlay)
    return pool
