"""What is measured of one contestant at one work, once."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sample:
    """``seconds`` is what the client waited, ``processor`` what the server computed, for all rows.

    So are ``wal`` and ``history``, the bytes of the write-ahead log and of the audit tables with
    their indexes. ``memory`` is the peak of the server's process, in bytes. What could not be known
    is None. Who ``is_missed`` left no event at all: its time says nothing.
    """

    table: str
    work: str
    kind: str
    rows: int
    seconds: float
    processor: float | None = None
    wal: int = 0
    history: int = 0
    memory: int | None = None
    is_missed: bool = False
