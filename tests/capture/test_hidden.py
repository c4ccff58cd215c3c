"""A redacted value is nowhere, an excluded column is not even mentioned."""

import pytest

from tests.capture.events import deleted, execute, inserted, query, recorded, updated
from tests.captured.models import Label, Parcel, Patient, Unaudited
from trigger_audit import Audit
from trigger_audit.triggers import compile_audit

pytestmark = pytest.mark.django_db

SECRET = "Plumbophobia"


def patient(pk, ailment, name="Ann"):
    return {"id": pk, "name": name, "ailment": ailment}


@pytest.mark.proof
def test_redacted_column_tells_only_that_it_changed():
    with recorded() as events:
        ann = Patient.objects.create(name="Ann", ailment=SECRET, notes=SECRET)
        pk = ann.pk
        Patient.objects.update(name="Bob")
        Patient.objects.update(ailment=SECRET + "!")
        Patient.objects.update(ailment=None)
        Patient.objects.update(ailment=SECRET)
        ann.delete()
    key, hidden, changed = str(pk), "[redacted]", "[redacted: changed]"
    assert events == [
        inserted("captured_patient", key, patient(pk, hidden)),
        updated("captured_patient", key, patient(pk, hidden), patient(pk, hidden, "Bob")),
        updated("captured_patient", key, patient(pk, hidden, "Bob"), patient(pk, changed, "Bob")),
        updated("captured_patient", key, patient(pk, hidden, "Bob"), patient(pk, None, "Bob")),
        updated("captured_patient", key, patient(pk, None, "Bob"), patient(pk, changed, "Bob")),
        deleted("captured_patient", key, patient(pk, hidden, "Bob")),
    ]


def test_redacted_column_under_images_of_changes(audit):
    audit(Unaudited, redact=["status"], images="changes")
    with recorded() as events:
        pk = Unaudited.objects.create(status=SECRET).pk
        Unaudited.objects.update(amount=1)
        Unaudited.objects.update(status=None)
        Unaudited.objects.update(status=SECRET)
    row = {"id": pk, "status": "[redacted]", "amount": None, "customer_id": None}
    assert events == [
        inserted("captured_unaudited", str(pk), row),
        updated("captured_unaudited", str(pk), {"amount": None}, {"amount": 1}),
        updated("captured_unaudited", str(pk), {"status": "[redacted]"}, {"status": None}),
        updated("captured_unaudited", str(pk), {"status": None}, {"status": "[redacted: changed]"}),
    ]


def test_redacted_number_and_reference(audit):
    audit(Unaudited, redact=["amount", "customer"])
    with recorded() as events:
        pk = Unaudited.objects.create(amount=4711, customer_id=4712).pk
    hidden = {"id": pk, "status": None, "amount": "[redacted]", "customer_id": "[redacted]"}
    assert events == [inserted("captured_unaudited", str(pk), hidden)]


def test_redacted_many_to_many_tells_that_there_is_a_link(audit):
    audit(Parcel, redact=["labels"])
    parcel, label = Parcel.objects.create(weight=1), Label.objects.create(pk=4711)
    with recorded() as events:
        parcel.labels.add(label)
    (pk,) = parcel.labels.through.objects.values_list("pk", flat=True)
    link = {"id": pk, "parcel_id": parcel.pk, "label_id": "[redacted]"}
    assert events == [inserted("captured_parcel_labels", str(pk), link)]


@pytest.mark.parametrize(
    "options",
    [
        {"redact": ["status"]},
        {"redact": ["status"], "images": "changes"},
        {"redact": ["status"], "level": "row"},
        {"exclude": ["status"]},
        {"exclude": ["status"], "images": "changes", "level": "row"},
    ],
    ids=str,
)
def test_secret_is_nowhere_in_the_audit_table_nor_in_its_indexes(audit, options):
    audit(Unaudited, **options)
    pk = Unaudited.objects.create(status=SECRET, amount=1).pk
    Unaudited.objects.update(status=SECRET * 2, amount=2)
    execute("UPDATE captured_unaudited SET id = id + 1, status = upper(status)")
    execute("DELETE FROM captured_unaudited")
    written = query(
        "SELECT string_agg(event::text, '') FROM trigger_audit_event AS event"
        " WHERE table_name = 'captured_unaudited'"
    )
    assert str(pk) in written[0]
    assert SECRET.lower() not in written[0].lower()
    told = {"id", "at", "txid", "table_schema", "table_name", "object_id"}
    told.add("(context ->> 'user'::text)")
    assert indexed_columns() <= told
    assert indexed_columns() >= {"id", "at"}


def indexed_columns():
    """The audit table's columns of which there are copies in indexes, expressions in full."""
    (columns,) = query(
        """
        SELECT array_agg(DISTINCT pg_get_indexdef(indexrelid, position, true))
        FROM pg_index, generate_series(1, indnatts) AS position
        WHERE indrelid = 'trigger_audit_event'::regclass
        """
    )
    return set(columns)


def test_excluded_column_is_not_in_the_generated_sql():
    text = str(compile_audit(Patient, Audit(exclude=["notes"])).sql)
    assert '"ailment"' in text
    assert "notes" not in text


def test_redacted_column_is_only_compared_in_the_generated_sql():
    lines = str(compile_audit(Patient, Audit(redact=["ailment"])).sql).split("\n")
    uses = {line.strip().rstrip(",") for line in lines if '."ailment"' in line}
    assert uses == {
        """CASE WHEN OLD."ailment" IS NOT NULL THEN '[redacted]'::text END AS "ailment\"""",
        """CASE WHEN NEW."ailment" IS NOT NULL THEN '[redacted]'::text END AS "ailment\"""",
        'WHEN NEW."ailment" IS NULL THEN NULL',
        ':"schema".trigger_audit_toast_id(CAST(OLD."ailment" AS text))',
        '= :"schema".trigger_audit_toast_id(CAST(NEW."ailment" AS text))',
        'AND OLD."ailment" IS DISTINCT FROM NEW."ailment"',
    }


def test_refused_write_does_not_tell_the_secret_either(audit):
    """A message of ours in an error would reach logs that more people read."""
    audit(Unaudited, redact=["status"])
    assert "RAISE" not in str(Unaudited._meta.audit.sql)
