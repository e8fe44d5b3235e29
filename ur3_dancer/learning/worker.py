"""How processes that help with learning begin: none of them outlives the one that it helps."""

import multiprocessing
import os
import signal
import threading
from concurrent.futures import ProcessPoolExecutor


def begin_worker() -> None:
    """End at once on Ctrl-C, and with the parent however it ends; what workers write is whole."""
    signal.signal(signal.SIGINT, lambda *_: os._exit(1))
    parent = multiprocessing.parent_process()

    def follow() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=follow, daemon=True).start()


def worker_pool(count: int) -> ProcessPoolExecutor:
    """Return a pool of processes; spawned and not forked, for whoever calls may have threads."""
    spawn = multiprocessing.get_context("spawn")
    return ProcessPoolExecutor(count, spawn, initializer=begin_worker)
