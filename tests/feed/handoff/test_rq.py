"""Changes handed to RQ: a real worker takes them from a real Redis."""

import sys

import pytest
from redis import Redis
from redis.backoff import NoBackoff
from redis.retry import Retry
from rq import Queue
from rq.decorators import job
from rq.job import Job
from rq.serializers import JSONSerializer

from tests.example.models import Publisher
from tests.feed.conftest import drain, rows
from tests.feed.handoff import conftest
from tests.feed.handoff.conftest import killed_before_it_commits, noted
from trigger_audit import context, feed
from trigger_audit.feed.handoff.message import task_id
from trigger_audit.models import AuditEvent

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
JOBS = "tests.feed.handoff.rq_jobs"


@pytest.fixture(scope="module")
def url(redis_socket):
    return f"unix://{redis_socket}?db=1"


@pytest.fixture(scope="module")
def jobs(url):
    """The module of the jobs."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TRIGGER_AUDIT_BROKER", url)
        from tests.feed.handoff import rq_jobs

        yield rq_jobs
        rq_jobs.redis.close()
        del sys.modules[JOBS]


@pytest.fixture(scope="module")
def worker(jobs, url, django_db_setup, tmp_path_factory):
    """A worker that takes one job after the other; what it printed."""
    log = tmp_path_factory.mktemp("rq") / "log"
    process = conftest.started(log, "Listening on", JOBS, TRIGGER_AUDIT_BROKER=url)
    yield log
    conftest.ended(process)


@pytest.fixture
def redis(url):
    """A Redis in which no worker takes anything."""
    with Redis.from_url(url.replace("db=1", "db=2")) as redis:
        redis.flushdb()
        yield redis


heard = []


def hear(change):
    heard.append(change["new"]["name"])


def insert(session, *names):
    for name in names:
        session.execute("INSERT INTO library_publisher (name) VALUES (%s)", [name])


def test_each_change_is_a_job_in_the_order_of_the_changes(jobs, worker, subscribe, session):
    subscribe(Publisher, handler=jobs.noting)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann'), (2, 'Bob')")
    session.execute("UPDATE library_publisher SET name = 'Ben' WHERE id = 2")
    drain()
    assert noted(worker, "UPDATE 2 Ben") == ["INSERT 1 Ann", "INSERT 2 Bob", "UPDATE 2 Ben"]


def test_what_is_delivered_again_after_a_kill_is_not_queued_again(jobs, worker, subscribe, session):
    subscribe(Publisher, handler=jobs.noting)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann')")
    killed_before_it_commits()
    noted(worker, "INSERT 1 Ann")
    session.execute("INSERT INTO library_publisher (id, name) VALUES (2, 'Bob')")
    drain()
    assert noted(worker, "INSERT 2 Bob") == ["INSERT 1 Ann", "INSERT 2 Bob"]


def test_what_redis_has_forgotten_is_still_handled_once(jobs, worker, subscribe, session):
    subscribe(Publisher, handler=jobs.noting_once)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (1, 'Ann')")
    killed_before_it_commits()
    noted(worker, "INSERT 1 Ann")
    (event,) = AuditEvent.objects.filter(table_name="library_publisher")
    job_id = task_id(f"test:1:{event.pk}")
    conftest.wait_for(lambda: not Job.exists(job_id, connection=jobs.redis), worker)
    session.execute("INSERT INTO library_publisher (id, name) VALUES (2, 'Bob')")
    drain()
    assert noted(worker, "INSERT 2 Bob") == ["INSERT 1 Ann", "INSERT 2 Bob"]


def test_a_job_is_what_the_decorator_says(redis, subscribe, session):
    @job("slow", connection=redis, timeout=7, result_ttl=8, meta={"kept": True}, description="It.")
    def declared(change): ...

    @job(Queue("json", connection=redis, serializer=JSONSerializer), redis)
    def plain(change): ...

    with context(user=7):
        Publisher.objects.create(name="Ann")
    found = {}
    for handler, name in ((declared, "slow"), (plain, "json")):
        subscribe(Publisher, handler=handler, name=name)
        drain(name)
        serializer = JSONSerializer if name == "json" else None
        (found[name],) = Queue(name, connection=redis, serializer=serializer).jobs
    key = found["json"].args[0]["idempotency_key"]
    assert [
        (each.id, each.description, each.timeout, each.result_ttl) for each in found.values()
    ] == [
        (task_id(key.replace("json", "slow")), "It.", 7, 8),
        (task_id(key), f"{plain.__qualname__} for {key}", 180, None),
    ]
    assert found["slow"].meta == {
        "kept": True,
        "trigger_audit": {"user": 7, "subscription": "slow"},
    }


def test_a_queue_that_is_not_asynchronous_runs_its_jobs_at_once(redis, subscribe, session):
    at_once = job(Queue(connection=redis, is_async=False), redis, result_ttl=60)
    subscribe(Publisher, handler=at_once(hear))
    insert(session, "Ann", "Bob")
    drain()
    feed.reset("test")
    drain()
    assert heard == ["Ann", "Bob"]


def test_another_that_queues_meanwhile_is_noticed(redis, subscribe, session, monkeypatch):
    """What one finds missing, another has queued before it is queued."""

    @job("feed", connection=redis)
    def handle(change): ...

    subscribe(Publisher, handler=handle)
    subscribe(Publisher, handler=handle, name="other")
    insert(session, "Ann")
    enqueue_many = Queue.enqueue_many

    def overtaken(self, jobs, **options):
        monkeypatch.undo()
        redis.hset(Job.key_for(jobs[0].job_id), "of", "another")
        return enqueue_many(self, jobs, **options)

    monkeypatch.setattr(Queue, "enqueue_many", overtaken)
    drain()
    assert Queue("feed", connection=redis).job_ids == []
    drain("other")
    assert len(Queue("feed", connection=redis)) == 1


def test_a_redis_that_is_gone_costs_no_attempt(subscribe, session, tmp_path):
    gone = Redis(unix_socket_path=str(tmp_path / "gone"), retry=Retry(NoBackoff(), 0))

    @job("feed", connection=gone)
    def handle(change): ...

    subscribe(Publisher, handler=handle, attempts=2, backoff=0)
    insert(session, "Ann", "Bob")
    polls = [feed.run_once("test") for _ in range(5)]
    assert {type(poll.error).__name__ for poll in polls} == {"QueueUnavailable"}
    assert rows("SELECT count(*) FROM trigger_audit_feed_parked") == [(0,)]
