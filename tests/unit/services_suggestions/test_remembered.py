"""What threads remember together is read once, and never lost under one that asks for it."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

from recommender.services import remembered
from recommender.services.remembered import Remembered

THREADS = 8


def test_threads_that_ask_at_once_read_once():
    read = []
    together = threading.Barrier(THREADS)

    def slowly(key):
        read.append(key)
        time.sleep(0.05)
        return key.upper()

    kept = Remembered(slowly)

    def ask(_):
        together.wait()
        return kept.of("a")

    with ThreadPoolExecutor(THREADS) as pool:
        assert list(pool.map(ask, range(THREADS))) == ["A"] * THREADS
    assert read == ["a"]


def test_somebody_forgets_all_the_time_and_everybody_gets_an_answer():
    kept = Remembered(lambda key: key * 2)

    def ask(number):
        if number % 3 == 0:
            kept.forget()
        return kept.of(number % 5) == number % 5 * 2

    with ThreadPoolExecutor(THREADS) as pool:
        assert all(pool.map(ask, range(5_000)))


def test_a_value_is_read_again_when_it_is_too_old(monkeypatch):
    values = iter(["old", "new"])
    kept = Remembered(lambda _: next(values))
    assert kept.of(None) == "old"
    assert kept.of(None) == "old"

    later = time.monotonic() + remembered.KEPT_SECONDS
    monkeypatch.setattr(remembered.time, "monotonic", lambda: later)

    assert kept.of(None) == "new"
