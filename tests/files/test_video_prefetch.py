from __future__ import annotations

import threading

import pytest

from kinelab.files.video_prefetch import Prefetch


def count(n, log=None):
    try:
        yield from range(n)
    finally:
        if log is not None:
            log.append(threading.current_thread().name)


@pytest.mark.parametrize("size", [1, 4, 100])
def test_same_items_in_the_same_order(size):
    assert list(Prefetch(count(50), size)) == list(range(50))


def test_works_ahead_but_not_without_bound():
    made = []
    third = threading.Event()

    def source():
        for i in range(100):
            made.append(i)
            if i == 3:
                third.set()
            yield i

    items = Prefetch(source(), 3)
    assert third.wait(5)  # 3 wait in the queue, the next waits to be put
    assert made == [0, 1, 2, 3]
    items.close()


def test_error_travels_to_its_place():
    def source():
        yield 1
        raise ZeroDivisionError("in the thread")

    items = Prefetch(source(), 4)
    assert next(items) == 1
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        next(items)
    assert next(items, None) is None


def test_close_ends_thread_and_source_in_it():
    log: list[str] = []
    before = threading.active_count()
    items = Prefetch(count(1000, log), 2)
    assert next(items) == 0
    items.close()
    items.close()
    assert log == ["kinelab-prefetch"]
    assert threading.active_count() == before
    assert list(items) == []


def test_forgotten_iterator_ends_its_thread():
    before = threading.active_count()
    items = Prefetch(count(1000), 2)
    next(items)
    del items
    assert threading.active_count() == before
