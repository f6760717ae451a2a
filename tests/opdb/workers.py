"""Processes that answer for one entry of the database at a time, and may crash or hang without harm to the rest."""

import multiprocessing as mp
import queue
import signal
import sys
import threading
import time
import warnings
from multiprocessing.connection import Connection

import torch

from tests.opdb import checks

CHECK_SECONDS, ENTRY_SECONDS = 20, 90
Outcome = tuple[str, str]
Results = dict[str, dict[str, Outcome]]


class Timeout(BaseException):
    """Raised by the alarm."""


# ---------------------------------------------------------------- inside a worker


def serve(connection: Connection, samples: int) -> None:
    """Answer names of entries with their outcomes, until the other end closes."""
    torch.set_num_threads(1)
    signal.signal(signal.SIGALRM, on_alarm)
    while (name := connection.recv()) is not None:
        connection.send(outcomes(name, samples))


def on_alarm(*_: object) -> None:
    raise Timeout


def outcomes(name: str, samples: int) -> dict[str, Outcome]:
    """The outcome of every check of one entry."""
    op, deadline = checks.ENTRIES[name], time.monotonic() + ENTRY_SECONDS
    asked = [c for c in checks.CHECKS if not name.startswith(checks.NO_TRUTH)]
    if not op.supports_autograd:
        asked = [c for c in asked if c == "vmap"]
    if name.startswith(checks.NO_TRANSPOSE):
        asked = [c for c in asked if "jvp" not in c]
    if not op.supports_gradgrad:
        asked = [c for c in asked if not c.endswith("vjp_vjp") and not c.endswith("jvp_vjp")]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = [case for case in checks.cases(op, samples) if checks.usable(case)] if asked else []
        return {c: judge(found, c, deadline) if c in asked else ("n/a", "") for c in checks.CHECKS}


def judge(cases: list, check: str, deadline: float) -> Outcome:
    """The worst outcome over the samples."""
    verdict: Outcome = ("n/a", "")
    for case in cases:
        if time.monotonic() > deadline:
            return "timeout", "the entry's time is spent"
        signal.setitimer(signal.ITIMER_REAL, CHECK_SECONDS)
        try:
            outcome = checks.run(case, check)
            verdict = verdict if verdict[0] == "slow" else (outcome, "")
        except checks.NotAsked as e:
            verdict = verdict if verdict[0] != "n/a" else ("n/a", str(e))
        except checks.Wrong as e:
            return "wrong", str(e)
        except Timeout:
            return "timeout", f"over {CHECK_SECONDS} s"
        except Exception as e:
            return "error", f"{type(e).__name__}: {e}".partition("\n")[0][:300]
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    return verdict


# ---------------------------------------------------------------- outside


class Worker:
    """A process that answers one entry at a time."""

    def __init__(self, samples: int) -> None:
        context = mp.get_context("spawn")
        self.connection, theirs = context.Pipe()
        self.process = context.Process(target=serve, args=(theirs, samples), daemon=True)
        self.process.start()
        theirs.close()

    def ask(self, name: str) -> dict[str, Outcome] | None:
        """The outcomes of an entry, or None where the process died of it or hung."""
        try:
            self.connection.send(name)
            return self.connection.recv() if self.connection.poll(3 * ENTRY_SECONDS) else None
        except (EOFError, ConnectionError):
            return None

    def stop(self) -> None:
        self.process.kill()
        self.process.join()


def measure(names: list[str], samples: int, jobs: int) -> Results:
    """The outcomes of all entries, from `jobs` processes at a time."""
    waiting: queue.SimpleQueue[str] = queue.SimpleQueue()
    for name in names:
        waiting.put(name)
    results: Results = {}
    lanes = [threading.Thread(target=lane, args=(waiting, results, samples)) for _ in range(jobs)]
    for thread in lanes:
        thread.start()
    for thread in lanes:
        thread.join()
    return results


def lane(waiting: "queue.SimpleQueue[str]", results: Results, samples: int) -> None:
    """Feed one process; replace it when an entry kills it."""
    worker = Worker(samples)
    while not waiting.empty():
        try:
            name = waiting.get_nowait()
        except queue.Empty:  # another lane was faster
            break
        answer = worker.ask(name)
        if answer is None:
            worker.stop()
            worker = Worker(samples)
        results[name] = answer or dict.fromkeys(checks.CHECKS, ("error", "the process died or hung"))
        if len(results) % 50 == 0:
            print(f"{len(results)} entries", file=sys.stderr, flush=True)
    worker.stop()
