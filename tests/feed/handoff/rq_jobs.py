"""RQ's jobs, and a worker of them, on a Redis of the tests."""

import os

from redis import Redis
from rq import Worker
from rq.decorators import job

from tests.feed.handoff.notes import note
from trigger_audit import feed

redis = Redis.from_url(os.environ["TRIGGER_AUDIT_BROKER"])


@job("feed", connection=redis, result_ttl=3600)
def noting(change):
    note(change)


@job("feed", connection=redis, result_ttl=0)
@feed.once
def noting_once(change):
    note(change)


if __name__ == "__main__":
    Worker(["feed"], connection=redis).work()
