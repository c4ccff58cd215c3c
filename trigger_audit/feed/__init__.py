"""The feed: committed changes, delivered to Python, in order for each row."""

from trigger_audit.feed.batch import Batch
from trigger_audit.feed.change import Change, Difference
from trigger_audit.feed.control import accept_loss, forget, pause, rebase, reset, resume
from trigger_audit.feed.once import once
from trigger_audit.feed.outcome import Poll
from trigger_audit.feed.parked import Retried, retry, skip
from trigger_audit.feed.payload import payload, received
from trigger_audit.feed.poll import run_once
from trigger_audit.feed.registry import database_of, get, registered
from trigger_audit.feed.status import Blocker, Failure, LaneStatus, blockers, failures, status

__all__ = [
    "Batch",
    "Blocker",
    "Change",
    "Difference",
    "Failure",
    "LaneStatus",
    "Poll",
    "Retried",
    "accept_loss",
    "blockers",
    "database_of",
    "failures",
    "forget",
    "get",
    "once",
    "pause",
    "payload",
    "rebase",
    "received",
    "registered",
    "reset",
    "resume",
    "retry",
    "run_once",
    "skip",
    "status",
]
