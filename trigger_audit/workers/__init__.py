"""Tasks carry on the context that was current when they were queued."""

from trigger_audit.workers.registry import QUEUES, connect

__all__ = ["QUEUES", "connect"]
