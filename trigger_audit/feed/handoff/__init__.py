"""Changes handed to a task queue: a subscription whose handler is a task, not a function."""

from trigger_audit.feed.handoff.queues import handle, queue_of

__all__ = ["handle", "queue_of"]
