"""The database that everything is kept in, as its users share it."""

import sqlite3
import threading
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlite_utils import Database
from sqlite_utils.db import NotFoundError, Table


def now() -> str:
    """The time, ISO 8601 in UTC."""
    return datetime.now(UTC).isoformat()


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

    def _row(self, table: str, key: str) -> dict[str, Any] | None:
        """The row with this primary key, or None when there is none."""
        with self._lock:
            try:
                return self._table(table).get(key)
            except NotFoundError:
                return None

    def _older(self, table: str, days: float, condition: str = "true") -> list[str]:
        """The ids of rows created more than so many days ago that meet an SQL condition."""
        where = f"created < ? and {condition}"
        before = (datetime.now(UTC) - timedelta(days=days)).isoformat()
        with self._lock:
            return [row["id"] for row in self._table(table).rows_where(where, [before], select="id")]

    def _delete(self, table: str, id_: str, parts: Collection[str], column: str) -> bool:
        """Delete a row, and those of `parts` that name it in `column`; false when it was not there."""
        with self._writing():
            for part in parts:
                self._table(part).delete_where(f"{column} = ?", [id_])
            deleted = self._db.execute(f"delete from {table} where id = ?", [id_]).rowcount > 0
        self._forget_writes()
        return deleted

    @contextmanager
    def _writing(self) -> Iterator[None]:
        with self._lock, self._db.conn:
            yield

    def _forget_writes(self) -> None:
        """Empty the log of writes, which still holds what was deleted."""
        with self._lock:
            self._db.execute("pragma wal_checkpoint(truncate)").fetchall()
