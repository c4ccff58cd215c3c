"""``manage.py audit feed``: how far subscriptions came, and what to do with them."""

from trigger_audit.management.audit.feed.flow import Pause, Resume
from trigger_audit.management.audit.feed.parked import Retry, Skip
from trigger_audit.management.audit.feed.position import AcceptLoss, Forget, Rebase, Reset
from trigger_audit.management.audit.feed.status import Status
from trigger_audit.management.audit.subcommand import Group

__all__ = ["FEED"]

FEED = Group(
    "feed",
    "Shows and controls the subscriptions that committed changes are delivered to.",
    Status,
    Pause,
    Resume,
    Retry,
    Skip,
    Reset,
    Rebase,
    AcceptLoss,
    Forget,
)
