"""Processes with limits: each fault stays with the task that has it."""

import os
import time
from collections.abc import Callable, Iterator

import pytest

pytest.importorskip("fastapi", reason="the web service is not installed: pip install 'particlesnn[serve]'")

from particlesnn.core import ScanFormatError
from particlesnn.service.desk import (
    Desk,
    ProcessEndedError,
    Setup,
    StoppedError,
    TaskFailedError,
    TookTooLongError,
)


def begin() -> None:
    """Nothing to set up."""


def which() -> int:
    return os.getpid()


def hang() -> None:
    time.sleep(600)


def die() -> None:
    os._exit(9)


def refuse() -> None:
    raise ScanFormatError("it is cut off;\n copy it again")


def surprise() -> None:
    raise ZeroDivisionError("secret detail")


def devour() -> int:
    return len(bytearray(3 * 2**30))


def speak(say: Callable[[str], None], words: list[str]) -> int:
    for word in words:
        say(word)
    return len(words)


@pytest.fixture(scope="module")
def desk() -> Iterator[Desk]:
    desk = Desk(1, Setup(begin, 2 * 2**30))
    yield desk
    desk.close()


def test_one_process_does_task_after_task(desk: Desk) -> None:
    assert desk.call(which, seconds=60) == desk.call(which, seconds=60) != os.getpid()


def test_a_task_may_say_how_far_it_is(desk: Desk) -> None:
    heard: list[str] = []
    assert desk.call(speak, ["reading", "measuring"], seconds=60, say=heard.append) == 2
    assert heard == ["reading", "measuring"]


def test_a_fault_is_told_and_the_process_goes_on(desk: Desk) -> None:
    before = desk.call(which, seconds=60)
    with pytest.raises(TaskFailedError, match="it is cut off; copy it again"):
        desk.call(refuse, seconds=60)
    with pytest.raises(TaskFailedError, match="ZeroDivisionError") as caught:
        desk.call(surprise, seconds=60)
    assert "secret" not in str(caught.value)
    with pytest.raises(TaskFailedError, match="not enough memory"):
        desk.call(devour, seconds=60)
    assert desk.call(which, seconds=60) == before


@pytest.mark.parametrize(
    ("task", "seconds", "error"), [(hang, 1.0, TookTooLongError), (die, 60.0, ProcessEndedError)], ids=["hangs", "dies"]
)
def test_a_process_that_hangs_or_dies_is_replaced(
    desk: Desk, task: Callable[[], None], seconds: float, error: type[Exception]
) -> None:
    before = desk.call(which, seconds=60)
    with pytest.raises(error):
        desk.call(task, seconds=seconds)
    assert desk.call(which, seconds=60) != before
    with pytest.raises(ProcessLookupError):
        os.kill(before, 0)


def test_a_task_can_be_called_off(desk: Desk) -> None:
    with pytest.raises(StoppedError):
        desk.call(hang, seconds=60, tick=lambda: False)
