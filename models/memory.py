"""Native memory: what a session took must go back to the system.

glibc's allocator raises the size from which it maps blocks of their own as such blocks are freed; from then
on networks lie among small blocks, and what a session took stays with the process. Elsewhere nothing is done.
"""

import ctypes
import sys
from functools import cache

_TRIM_THRESHOLD, _MMAP_THRESHOLD, _ARENA_MAX = -1, -3, -8
"""Parameters of mallopt(3)."""
LARGE = 2 << 20
"""Bytes from which a block is mapped on its own: weights are larger, pictures smaller."""
SPARE = 16 << 20
"""Free bytes that are kept at the end of the heap, so that each picture does not fetch its memory anew."""
ARENAS = 2
"""Heaps that threads share. Each thread of a session would else leave holes in a heap of its own: with as
many as glibc makes, up to eight a core, four sessions at a time leave twice as much behind."""


@cache
def _library() -> ctypes.CDLL | None:
    """The C library, set up for networks; None where it is not glibc."""
    if not sys.platform.startswith("linux"):
        return None
    library = ctypes.CDLL(None)
    if not hasattr(library, "gnu_get_libc_version"):
        return None
    library.mallopt(_MMAP_THRESHOLD, LARGE)
    library.mallopt(_TRIM_THRESHOLD, SPARE)
    library.mallopt(_ARENA_MAX, ARENAS)
    return library


def prepare() -> None:
    """To be called before a network is made."""
    _library()


def give_back() -> None:
    """Hand free memory back to the system; takes some 10 ms. To be called once a session is over."""
    library = _library()
    if library is not None:
        library.malloc_trim(0)
