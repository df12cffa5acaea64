"""Work in processes that can be ended: one document's crash, endless loop or hunger is its own failure.

:func:`run_all` hands calls to pebble's pool, which ends a worker when a call takes too long and starts a
new one when a worker dies. In a worker, memory is bounded above what it holds when a call begins, and no connection to
another address can be made. With no workers the calls are made here, one after another, without those bounds.
"""

from __future__ import annotations

import multiprocessing
import signal
import socket
import sys
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, wait
from typing import Any, TypeVar

from pipeline.ingest.errors import UnreadableDocument
from pipeline.ingest.limits import Limits, over_limit

Call = tuple[Any, ...]
Result = TypeVar("Result")
# A worker is renewed after this many calls, so that what libraries leak cannot add up.
_CALLS_A_WORKER = 500
_ATTEMPTS = 2
# Above the seconds of the document, so that a reader's own deadline (LibreOffice) comes first and can clean up.
_GRACE = 1.1


def run_all(function: Callable[..., Result], calls: Sequence[Call], *, workers: int,
            limits: Limits) -> Iterator[tuple[int, Result | UnreadableDocument]]:
    """Make every call and yield its number and result as each is done; a failure of the worker is a result too.

    A call that kills its worker is tried once more. ``function`` and its arguments must be importable by name.
    """
    if workers == 0 or not calls:
        for number, call in enumerate(calls):
            yield number, function(*call)
        return
    yield from _in_processes(function, calls, min(workers, len(calls)), limits)


def _in_processes(function: Callable[..., Result], calls: Sequence[Call], workers: int,
                  limits: Limits) -> Iterator[tuple[int, Result | UnreadableDocument]]:
    from pebble import ProcessExpired, ProcessPool

    context = _context()
    pool = ProcessPool(max_workers=workers, max_tasks=_CALLS_A_WORKER, initializer=_start, context=context)
    attempts = dict.fromkeys(range(len(calls)), 0)
    waiting = list(range(len(calls) - 1, -1, -1))
    running: dict[Any, int] = {}
    try:
        while waiting or running:
            # A few calls ahead keep the workers busy; more would only fill the pipe.
            while waiting and len(running) < 2 * workers:
                number = waiting.pop()
                attempts[number] += 1
                future = pool.schedule(_guarded, args=[function, limits.memory, *calls[number]], timeout=limits.seconds * _GRACE)
                running[future] = number
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for finished in done:
                number = running.pop(finished)
                try:
                    yield number, finished.result()
                except TimeoutError:
                    yield number, over_limit("seconds", limits.seconds)
                except MemoryError:
                    yield number, over_limit("memory", limits.memory)
                except ProcessExpired as error:
                    if attempts[number] < _ATTEMPTS:
                        waiting.append(number)
                    else:
                        yield number, _died(int(error.exitcode))
    finally:
        pool.stop()  # type: ignore[no-untyped-call]
        pool.join()


def _context() -> Any:
    # A server that has imported the readers once and forks from a single thread: quick, and safe beside threads of ours.
    if "forkserver" not in multiprocessing.get_all_start_methods():
        return multiprocessing.get_context("spawn")
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(["pipeline.reading"])
    return context


def _died(code: int) -> UnreadableDocument:
    told = signal.Signals(-code).name if code < 0 and -code in signal.valid_signals() else str(code)
    return UnreadableDocument("worker_died", f"读取进程两次意外结束（{told}）",
                              f"the process that read it ended unexpectedly, twice ({told})")


def _start() -> None:
    """Prepare a worker: the interrupt of a terminal is the parent's affair, and no address is to be reached."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.addaudithook(_no_network)


def _no_network(event: str, arguments: tuple[Any, ...]) -> None:
    reaches = event in ("socket.connect", "socket.sendto", "socket.sendmsg", "socket.bind")
    local = reaches and getattr(arguments[0], "family", None) not in (socket.AF_INET, socket.AF_INET6)
    if (reaches and not local) or event in ("socket.getaddrinfo", "socket.gethostbyname"):
        raise PermissionError("hongzhi makes no connection to any network")


def _guarded(function: Callable[..., Result], memory: int, *arguments: Any) -> Result:
    _bound_memory(memory)
    return function(*arguments)


def _bound_memory(more: int) -> None:
    """Let this process take ``more`` bytes of memory above what it holds now; without effect where systems have no such bound."""
    if sys.platform != "linux":
        return
    import resource

    with open("/proc/self/statm") as handle:
        held = int(handle.read().split()[0]) * resource.getpagesize()
    _soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (min(held + more, hard) if hard != resource.RLIM_INFINITY else held + more, hard))
