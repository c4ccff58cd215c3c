"""A Celery application whose tasks write; its broker is a folder."""

import os
import time
import uuid
from pathlib import Path

from celery import Celery
from kombu.transport import filesystem
from kombu.utils.json import dumps

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.context.worker_settings")
folder = os.environ["TRIGGER_AUDIT_BROKER"]

app = Celery("tests.context.celery_app", broker="filesystem://")
app.conf.update(
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "data_folder_in": folder,
        "data_folder_out": folder,
        "control_folder": f"{folder}/control",
        "polling_interval": 0.1,
    },
    worker_hijack_root_logger=False,
)


def put(self, queue, payload, **options):
    """Put a message at once: Celery's way shows a file before it is written, and workers die."""
    name = f"{time.monotonic_ns()}_{uuid.uuid4()}"
    unfinished = Path(folder, f"{name}.unfinished")
    unfinished.write_text(dumps(payload))
    unfinished.rename(Path(folder, f"{name}.{queue}.msg"))


filesystem.Channel._put = put


def create(name):
    from tests.example.models import Publisher

    Publisher.objects.create(name=name)


@app.task
def write(name):
    create(name)


@app.task
def write_with_reason(name):
    import trigger_audit

    with trigger_audit.context(reason="inner"):
        create(name)


@app.task
def fail(name):
    create(name)
    raise RuntimeError("of the task")


@app.task(bind=True, max_retries=1)
def retry(self, name):
    create(f"{name} {self.request.retries}")
    if not self.request.retries:
        raise self.retry(countdown=0)


@app.task
def queue_another(name):
    write.delay(name)
