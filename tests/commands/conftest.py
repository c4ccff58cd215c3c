"""What tests of commands about the feed take from those of the feed."""

from tests.feed.conftest import session, subscribe

__all__ = ["session", "subscribe"]
