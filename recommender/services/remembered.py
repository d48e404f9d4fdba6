"""What many threads ask for at every request and the database is asked for once a minute."""

import threading
import time
from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")

KEPT_SECONDS = 60.0


class Remembered(Generic[Key, Value]):
    """Values by key, each read anew when it's older than a minute.

    Where several threads find one too old, one reads and the others wait for it.
    """

    def __init__(self, read: Callable[[Key], Value]) -> None:
        self._read = read
        self._kept: dict[Key, tuple[float, Value]] = {}
        self._reading = threading.Lock()

    def of(self, key: Key) -> Value:
        """The value, at most a minute old."""
        kept = self._kept.get(key)
        if kept is not None and time.monotonic() < kept[0]:
            return kept[1]
        with self._reading:
            kept = self._kept.get(key)
            if kept is None or time.monotonic() >= kept[0]:
                kept = time.monotonic() + KEPT_SECONDS, self._read(key)
                self._kept[key] = kept
            return kept[1]

    def forget(self) -> None:
        """Read every value again at its next use; one that is being read now is read again too."""
        with self._reading:
            self._kept.clear()
