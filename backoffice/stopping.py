"""Whether this process, or the worker whose child it is, was asked to end: shared memory that survives a fork."""

import mmap

_asked = mmap.mmap(-1, 1)  # anonymous and shared: what a worker's main process writes, its children read


def ask() -> None:
    """End soon: whoever works in steps stops before its next one."""
    _asked[0] = 1


def asked() -> bool:
    return _asked[0] != 0


def forget() -> None:
    """Work again: a worker that starts, and tests."""
    _asked[0] = 0
