"""The database that all workers of a sweep share, on one machine or on many."""

import contextlib
import os
from collections.abc import Iterator

import optuna
import sqlalchemy
from optuna.storages import RDBStorage
from sqlalchemy.exc import IntegrityError, ProgrammingError, SQLAlchemyError
from sqlalchemy.schema import CreateTable

from legged_gym.utils.errors import UserError

BUSY_TIMEOUT = 20
"""How long to wait for a database that another process holds, s."""


class Database:
    """Optuna's storage, and a lock that one worker holds at a time.

    Optuna's own changes of a candidate's state are not atomic on SQLite: without the lock, two workers could both begin
    one that waits.
    """

    def __init__(self, url: str, heartbeat_interval: int, grace_period: int) -> None:
        """Connect; make the tables if there are none.

        Args:
            url: as SQLAlchemy takes it, e.g. `sqlite:///sweep.db` or `postgresql://user@host/name`.
            heartbeat_interval: time between two signs of life of a candidate, s.
            grace_period: time without one after which a candidate is taken for lost, s.

        Raises:
            UserError: it cannot be used.
        """
        self._url = _parse(url)
        self._name = sqlalchemy.make_url(url).render_as_string()  # without the password
        with self.errors():
            self._lock_engine = sqlalchemy.create_engine(_lock_url(self._url))
            self._make_lock()
            with self.lock():
                self.storage = RDBStorage(
                    self._url.render_as_string(hide_password=False),
                    heartbeat_interval=heartbeat_interval,
                    grace_period=grace_period,
                )

    def __str__(self) -> str:
        return self._name

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the lock: an update that is not committed. That of a worker who dies is rolled back by the database.

        Raises:
            UserError: the database cannot be used, or is busy for too long.
        """
        with self.errors(), self._lock_engine.begin() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(sqlalchemy.text(f"SET LOCAL lock_timeout = '{BUSY_TIMEOUT}s'"))
            connection.execute(sqlalchemy.update(_LOCK).values(id=1))
            yield

    @contextlib.contextmanager
    def errors(self) -> Iterator[None]:
        """Turn the database's errors into one line of the user's."""
        try:
            yield
        except (SQLAlchemyError, optuna.exceptions.StorageInternalError, ImportError) as error:
            cause = error.__cause__ if isinstance(error, optuna.exceptions.StorageInternalError) else error
            reason = str(getattr(cause, "orig", None) or cause).strip().partition("\n")[0]
            hint = "; another process holds it" if "locked" in reason else ""
            raise UserError(f"sweep database {self}: {reason}{hint}") from error

    def _make_lock(self) -> None:
        # Of two workers who come at once, one finds what the other made.
        with contextlib.suppress(IntegrityError, ProgrammingError), self._lock_engine.begin() as connection:
            connection.execute(CreateTable(_LOCK, if_not_exists=True))
        with contextlib.suppress(IntegrityError), self._lock_engine.begin() as connection:
            connection.execute(sqlalchemy.insert(_LOCK).values(id=1))


_LOCK = sqlalchemy.Table(
    "sweep_lock", sqlalchemy.MetaData(), sqlalchemy.Column("id", sqlalchemy.Integer, primary_key=True)
)


def is_there(url: str) -> bool:
    """Whether a database may be there: if it is a file, connecting would make it.

    Raises:
        UserError: it is no database URL.
    """
    parsed = _parse(url)
    return parsed.get_backend_name() != "sqlite" or os.path.exists(str(parsed.database))


def _parse(url: str) -> sqlalchemy.URL:
    try:
        parsed = sqlalchemy.make_url(url)
    except SQLAlchemyError as error:
        raise UserError(f"--storage {url!r} is no database URL, such as sqlite:///sweep.db") from error
    if parsed.get_backend_name() != "sqlite":
        return parsed
    if parsed.database in (None, "", ":memory:"):
        raise UserError(f"--storage {url!r}: a database in memory cannot be shared; name a file: sqlite:///sweep.db")
    return parsed if "timeout" in parsed.query else parsed.update_query_dict({"timeout": str(BUSY_TIMEOUT)})


def _lock_url(url: sqlalchemy.URL) -> sqlalchemy.URL:
    """Where the lock is: on SQLite, which knows one transaction at a time, in a file beside."""
    return url.set(database=f"{url.database}.lock") if url.get_backend_name() == "sqlite" else url
