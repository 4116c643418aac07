"""Processes beside the main one: Ctrl-C is not theirs to answer, and they never outlive it."""

import atexit
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from multiprocessing import parent_process
from threading import Thread


@contextmanager
def spawning() -> Iterator[None]:
    """Let processes that are started meanwhile be born deaf to Ctrl-C, which the main process answers once for all."""
    if not hasattr(signal, "pthread_sigmask"):  # Windows; there `settle` has to do
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def settle() -> None:
    """Begin the life of a child: ignore Ctrl-C, and end with the main process, however that ends, and at once."""
    atexit.register(os._exit, 0)  # the main process waits for the end; see `particlesnn.cli.main.run`
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    Thread(target=_end_with_parent, daemon=True).start()


def _end_with_parent() -> None:
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
