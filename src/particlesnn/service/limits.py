"""How often an address or a set may ask."""

import time

from limits import RateLimitItem, parse_many
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter

from particlesnn.service.settings import ServiceSettings


class TooOftenError(Exception):
    """Somebody asked too often."""

    def __init__(self, wait_s: int) -> None:
        super().__init__(f"too many requests; wait {wait_s} s")
        self.wait_s = wait_s


class Limits:
    """Counts requests in a moving window, in memory: after a restart everybody begins anew."""

    def __init__(self, settings: ServiceSettings) -> None:
        self._limiter = MovingWindowRateLimiter(MemoryStorage())
        self._items: dict[str, list[RateLimitItem]] = {
            name: parse_many(getattr(settings, name))
            for name in (
                "sets_per_address",
                "uploads_per_address",
                "requests_per_address",
                "changes_per_set",
                "heavy_per_set",
                "wrong_keys_per_address",
            )
        }

    def hit(self, kind: str, who: str) -> None:
        """Count one request.

        Raises
        ------
        TooOftenError
            When there were too many.
        """
        for item in self._items[kind]:
            if not self._limiter.hit(item, kind, who):
                raise self._too_often(item, kind, who)

    def check(self, kind: str, who: str) -> None:
        """See whether there were too many already, without counting.

        Raises
        ------
        TooOftenError
            When there were.
        """
        for item in self._items[kind]:
            if not self._limiter.test(item, kind, who):
                raise self._too_often(item, kind, who)

    def _too_often(self, item: RateLimitItem, kind: str, who: str) -> TooOftenError:
        until = self._limiter.get_window_stats(item, kind, who).reset_time
        return TooOftenError(max(1, int(until - time.time()) + 1))
