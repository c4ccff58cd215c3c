"""What tests of projects need: deliver what is pending, and look at what was written."""

from trigger_audit.testing.captured import CapturedEvents, capture_events
from trigger_audit.testing.draining import drain

__all__ = ["CapturedEvents", "capture_events", "drain"]
