"""What is published for a change, and what becomes of what cannot be."""

import pytest
from celery import Celery
from kombu import serialization

from tests.example.models import Publisher
from tests.feed.conftest import drain, rows
from trigger_audit import feed
from trigger_audit.feed.handoff.message import task_id
from trigger_audit.models import AuditEvent

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def app():
    """A Celery application whose broker is this process."""
    app = Celery(__name__, broker="memory://", set_as_current=False)
    yield app
    with app.connection_for_read() as connection:
        connection.default_channel.queue_purge("celery")


def messages(app):
    """The messages in the broker, of which nobody takes one."""
    found = []
    with app.connection_for_read() as connection, connection.SimpleQueue("celery") as queue:
        while queue.qsize():
            message = queue.get(block=False)
            message.ack()
            found.append(message)
    return found


def index(change): ...


def publishers(*names):
    for name in names:
        Publisher.objects.create(name=name)
    return list(AuditEvent.objects.order_by("id").values_list("pk", flat=True))


def test_a_message_has_the_id_of_its_change_and_tells_its_key_alone(app, subscribe):
    subscribe(Publisher, handler=app.task(index))
    events = publishers("Ann", "Bob")
    drain()
    found = messages(app)
    keys = [f"test:1:{event}" for event in events]
    assert [message.headers["id"] for message in found] == [task_id(key) for key in keys]
    assert [message.headers["argsrepr"] for message in found] == [f"({key!r},)" for key in keys]
    payloads = [message.payload[0][0] for message in found]
    assert [(each["idempotency_key"], each["new"]["name"]) for each in payloads] == [
        (keys[0], "Ann"),
        (keys[1], "Bob"),
    ]


def test_what_is_delivered_again_has_the_same_id(app, subscribe):
    subscribe(Publisher, handler=app.task(index))
    publishers("Ann")
    ids = set()
    for _ in range(2):
        feed.reset("test", "earliest")
        drain()
        (message,) = messages(app)
        ids.add(message.headers["id"])
    assert len(ids) == 1


def test_a_change_that_cannot_be_serialised_is_parked_and_the_others_flow(app, subscribe):
    def dumps(body):
        if "Bob" in str(body):
            raise TypeError("not Bob")
        return serialization.dumps(body, "json")[2]

    serialization.register("picky", dumps, None, "text/picky")
    subscribe(Publisher, handler=app.task(index, serializer="picky"), attempts=1, backoff=0)
    publishers("Ann", "Bob", "Cid")
    drain()
    serialization.unregister("picky")
    serialized = {message.headers["id"] for message in messages(app)}
    first, second, third = AuditEvent.objects.order_by("id").values_list("pk", flat=True)
    assert serialized == {task_id(f"test:1:{event}") for event in (first, third)}
    parked = rows("SELECT event_id, error FROM trigger_audit_feed_parked")
    assert parked == [(second, "EncodeError: not Bob")]


def test_a_broker_that_is_gone_costs_no_attempt(subscribe):
    app = Celery(__name__, broker="amqp://127.0.0.1:1", set_as_current=False)
    at_once = {"max_retries": 1, "interval_start": 0, "interval_step": 0}
    app.conf.update(task_publish_retry=False, broker_transport_options=at_once)
    subscribe(Publisher, handler=app.task(index), attempts=1, backoff=0)
    publishers("Ann", "Bob")
    polls = [feed.run_once("test") for _ in range(3)]
    assert {type(poll.error).__name__ for poll in polls} == {"QueueUnavailable"}
    (lane,) = feed.status()
    assert (lane.state, lane.error.partition(":")[0]) == ("failing", "QueueUnavailable")


def test_a_function_is_called_whatever_it_bears(subscribe):
    batches = []

    def handle(batch):
        batches.append(len(batch))

    handle.delay = None
    subscribe(Publisher, handler=handle)
    publishers("Ann", "Bob")
    drain()
    assert batches == [2]


def test_an_eager_task_is_part_of_the_delivery(app, subscribe):
    app.conf.task_always_eager = True
    seen = []

    @app.task
    def see(change):
        seen.append((change["operation"], change["new"]["name"]))

    subscribe(Publisher, handler=see)
    publishers("Ann")
    drain()
    assert seen == [("INSERT", "Ann")]
