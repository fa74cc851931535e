"""Signals to stop are noticed, whoever handles them and however often that is nested."""

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from nibrs_assets.core.interrupts import noticing_interrupts

STOPS = (signal.SIGINT, signal.SIGTERM)


@contextmanager
def handlers_that_do_nothing(*kinds: signal.Signals) -> Iterator[None]:
    """As libraries replace the handlers of others."""
    before = {kind: signal.signal(kind, lambda *_: None) for kind in kinds}
    try:
        yield
    finally:
        for kind, handler in before.items():
            signal.signal(kind, handler)


@pytest.mark.parametrize("kind", STOPS)
def test_a_signal_is_noticed_whatever_its_handler_does(kind: signal.Signals) -> None:
    with noticing_interrupts() as interrupted, handlers_that_do_nothing(kind):
        assert not interrupted()
        os.kill(os.getpid(), kind)
        assert interrupted()
        assert interrupted()


def test_other_signals_are_not() -> None:
    with noticing_interrupts() as interrupted, handlers_that_do_nothing(signal.SIGUSR1):
        os.kill(os.getpid(), signal.SIGUSR1)
        assert not interrupted()


def test_a_signal_that_comes_inside_is_noticed_outside_and_not_before_or_after() -> None:
    with handlers_that_do_nothing(*STOPS):
        with noticing_interrupts() as outer:
            with noticing_interrupts() as inner:
                os.kill(os.getpid(), signal.SIGTERM)
                assert inner()
            assert outer()
            with noticing_interrupts() as next_one:
                assert not next_one()
        with noticing_interrupts() as later:
            assert not later()


def test_other_threads_notice_nothing() -> None:
    told: list[bool] = []

    def work() -> None:
        with noticing_interrupts() as interrupted:
            told.append(interrupted())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert told == [False]
