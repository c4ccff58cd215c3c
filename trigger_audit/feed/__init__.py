"""The feed: committed changes, delivered to Python, in order for each row."""

from trigger_audit.feed.batch import Batch
from trigger_audit.feed.change import Change, Difference
from trigger_audit.feed.poll import Poll, run_once
from trigger_audit.feed.registry import database_of, get, registered

__all__ = ["Batch", "Change", "Difference", "Poll", "database_of", "get", "registered", "run_once"]
