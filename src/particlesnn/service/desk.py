"""Processes that do the work: each does one task at a time, within limits of time and memory.

A stranger's file is read, and anything slow computed, in such a process and never in the one that answers. One that
takes too long is ended and another takes its place; one that dies takes only its own task with it.
"""

import contextlib
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import get_context, parent_process
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from queue import Empty, LifoQueue
from typing import Any, ParamSpec, TypeVar

from particlesnn.core import ParticlesNNError

P = ParamSpec("P")
T = TypeVar("T")
Say = Callable[[str], None]

_TICK_S = 1.0
_log = logging.getLogger(__name__)


class TaskFailedError(ParticlesNNError):
    """The task itself went wrong, for a reason that its user can act upon."""


class TookTooLongError(ParticlesNNError):
    """The task was ended, because its time was over."""


class ProcessEndedError(ParticlesNNError):
    """The process of the task ended from outside, perhaps for want of memory."""


class StoppedError(ParticlesNNError):
    """The task was called off."""


@dataclass(frozen=True)
class Setup:
    """What each process is given when it starts."""

    begin: Callable[[], None]
    """Called once in it; picklable."""
    memory_bytes: int
    """Address space that it may take."""


class _Seat:
    """One process, started when it is first needed."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None
        self._lock = threading.Lock()

    def start(self) -> Connection:
        if self._process is None or not self._process.is_alive() or self._pipe is None:
            self.stop()
            context = get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs, self._setup), daemon=True)
            self._process.start()
            theirs.close()
        return self._pipe

    def stop(self) -> None:
        with self._lock:  # whoever waits for the task and whoever closes the desk may both want to
            process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if process is not None:
            process.kill()
            process.join()
            process.close()
        if pipe is not None:
            pipe.close()


class Desk:
    """Some processes, and whoever waits for one of them.

    Parameters
    ----------
    size
        How many.
    setup
        What each is given.
    """

    def __init__(self, size: int, setup: Setup) -> None:
        self._seats = [_Seat(setup) for _ in range(size)]
        self._free: LifoQueue[_Seat] = LifoQueue()  # the one that worked last is warm
        for seat in self._seats:
            self._free.put(seat)
        self._closed = threading.Event()

    def call(
        self,
        task: Callable[..., T],
        *arguments: Any,
        seconds: float,
        say: Say | None = None,
        tick: Callable[[], bool] | None = None,
    ) -> T:
        """Do a task in one of the processes and wait for what it returns.

        Parameters
        ----------
        task
            A function of a module. With ``say`` it is given as first argument a function that passes on words.
        arguments
            What it is called with; picklable.
        seconds
            How long it may take, waiting for a free process not counted in.
        say
            Called with the words of the task.
        tick
            Called about once in a second; where it returns False the task is called off.

        Raises
        ------
        ParticlesNNError
            One of this module's errors.
        """
        seat = self._take(seconds)
        try:
            return self._on(seat, task, arguments, seconds, say, tick)
        except BaseException as error:
            if not isinstance(error, TaskFailedError):
                seat.stop()
            raise
        finally:
            self._free.put(seat)

    def warm(self) -> None:
        """Start all processes before anybody asks."""
        for seat in self._seats:
            seat.start()

    def close(self) -> None:
        """End all processes, also those at work."""
        self._closed.set()
        for seat in self._seats:
            with contextlib.suppress(OSError, ValueError):
                seat.stop()

    def _take(self, seconds: float) -> _Seat:
        until = time.monotonic() + seconds
        while not self._closed.is_set():
            with contextlib.suppress(Empty):
                return self._free.get(timeout=_TICK_S)
            if time.monotonic() > until:
                raise TookTooLongError("the service is busy; try again in a minute")
        raise StoppedError("the service is being stopped; try again in a minute")

    def _on(
        self,
        seat: _Seat,
        task: Callable[..., T],
        arguments: tuple[Any, ...],
        seconds: float,
        say: Say | None,
        tick: Callable[[], bool] | None,
    ) -> T:
        pipe = seat.start()
        until = time.monotonic() + seconds
        try:
            pipe.send((task, arguments, say is not None))
            while True:
                if pipe.poll(_TICK_S):
                    word, value = pipe.recv()
                    if word == "done":
                        return value  # type: ignore[no-any-return]  # what the task returned
                    if word == "fault":
                        raise TaskFailedError(value)
                    if say is not None:
                        say(value)
                if self._closed.is_set() or (tick is not None and not tick()):
                    raise StoppedError("it was called off")
                if time.monotonic() > until:
                    raise TookTooLongError(
                        f"it took more than the {seconds:.0f} s that are allowed; use a smaller scan"
                    )
        except (EOFError, OSError) as error:
            raise ProcessEndedError(
                "its process was ended from outside, perhaps for want of memory; use a smaller scan"
            ) from error


def _serve(pipe: Connection, setup: Setup) -> None:
    """Live as one process: take a task, do it, say what came of it."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the parent's to answer
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _limit_memory(setup.memory_bytes)
    setup.begin()
    while True:
        try:
            task, arguments, speaks = pipe.recv()
        except (EOFError, OSError):
            return
        words = (lambda stage: pipe.send(("say", stage)),) if speaks else ()
        try:
            answer = ("done", task(*words, *arguments))
        except Exception as error:
            answer = ("fault", sentence_of(error))
        pipe.send(answer)


def _end_with_parent() -> None:
    """End at once when the parent is gone, even killed: nobody is left to take what is being made."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _limit_memory(limit: int) -> None:
    if sys.platform == "win32":
        return  # knows no such limit
    import resource

    with contextlib.suppress(OSError, ValueError):  # some systems refuse; the limit of time still holds
        resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def sentence_of(error: BaseException) -> str:
    """Say an error in one sentence; of one that nobody foresaw the details go to the log and not to strangers."""
    if isinstance(error, ParticlesNNError):
        return " ".join(str(error).split())
    if isinstance(error, MemoryError):
        return "there is not enough memory for this; use a smaller scan"
    _log.error("unexpected %s", type(error).__name__, exc_info=error)
    return f"an unexpected {type(error).__name__} stopped this; the log of the service tells more"
