"""The database that everything is kept in, as its users share it."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlite_utils import Database
from sqlite_utils.db import Table


class Tables:
    """A connection to the database. Safe to use from several threads."""

    def __init__(self, path: Path) -> None:
        """Open or create the database at `path`; its folder is made when missing."""
        path.parent.mkdir(parents=True, exist_ok=True)
        self._lock = threading.RLock()
        self._db = Database(sqlite3.connect(path, check_same_thread=False))
        self._db.enable_wal()
        # what is deleted is overwritten, not only forgotten
        self._db.execute("pragma secure_delete = on")

    def close(self) -> None:
        """Close the connection."""
        with self._lock:
            self._db.conn.close()

    def _table(self, name: str) -> Table:
        table = self._db[name]
        assert isinstance(table, Table)
        return table

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, self._db.conn:
            yield

    def _forget_writes(self) -> None:
        """Empty the log of writes, which still holds what was deleted."""
        with self._lock:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
