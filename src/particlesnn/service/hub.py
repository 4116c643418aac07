"""News of sets, passed on inside the process to whoever looks at them."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager


class Hub:
    """Wakes the listeners of a set. Anybody may tell, from any thread; listening is for the event loop."""

    def __init__(self) -> None:
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._loop: asyncio.AbstractEventLoop | None = None
        self._closed = False

    def open(self) -> None:
        """Take the running event loop for the one that listens."""
        self._loop = asyncio.get_running_loop()

    def tell(self, set_id: str) -> None:
        """Say that something about a set is new."""
        if self._loop is not None and not self._loop.is_closed():
            with contextlib.suppress(RuntimeError):  # the loop closed in between
                self._loop.call_soon_threadsafe(self._wake, set_id)

    def close(self) -> None:
        """Let all listeners go."""
        self._closed = True
        for set_id in list(self._listeners):
            self._wake(set_id)

    def listeners(self, set_id: str) -> int:
        """Count who listens to a set."""
        return len(self._listeners.get(set_id, ()))

    async def listen(self, set_id: str, patience_s: float) -> AsyncIterator[bool]:
        """Yield True at once and whenever something is new, False when nothing was for a while."""
        with self._listener(set_id) as woken:
            yield True
            while not self._closed:
                try:
                    await asyncio.wait_for(woken.wait(), patience_s)
                except TimeoutError:
                    yield False
                    continue
                woken.clear()
                if not self._closed:
                    yield True

    @contextmanager
    def _listener(self, set_id: str) -> Iterator[asyncio.Event]:
        woken = asyncio.Event()
        self._listeners[set_id].add(woken)
        try:
            yield woken
        finally:
            self._listeners[set_id].discard(woken)
            if not self._listeners[set_id]:
                del self._listeners[set_id]

    def _wake(self, set_id: str) -> None:
        for woken in self._listeners.get(set_id, ()):
            woken.set()
