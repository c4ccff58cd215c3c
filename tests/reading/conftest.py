"""What the stories of reading and reverting share."""

from tests.capture.conftest import audit

__all__ = ["audit"]
