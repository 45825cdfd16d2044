"""File locks of the kernel: they end with the process that holds them, however it ends."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path
from typing import Self


class Lock:
    """An open, locked file. Keep the object as long as the lock is wanted."""

    def __init__(self, path: Path, *, shared: bool = False, wait: bool = True) -> None:
        """Raises BlockingIOError when it is taken and ``wait`` is off."""
        how = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(self._file, how if wait else how | fcntl.LOCK_NB)
        except BaseException:
            os.close(self._file)
            raise

    def write(self, text: str) -> None:
        os.ftruncate(self._file, 0)
        os.pwrite(self._file, text.encode(), 0)

    def release(self) -> None:
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.release()


def is_locked(path: Path, *, shared: bool = False) -> bool:
    """Whether somebody holds a lock that would keep this one (exclusive, or ``shared``) waiting."""
    try:
        Lock(path, shared=shared, wait=False).release()
    except BlockingIOError:
        return True
    return False
