"""Each write of a request says who made the request, and nothing else's write does."""

import asyncio
import logging
import uuid

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpResponse
from django.test import AsyncClient, AsyncRequestFactory, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils.functional import SimpleLazyObject

import trigger_audit
from tests.context.events import by_name, contexts
from tests.context.loops import run
from tests.example.models import Publisher
from trigger_audit.middleware import AuditContextMiddleware

MIDDLEWARE = [
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "trigger_audit.middleware.AuditContextMiddleware",
]


@pytest.fixture(autouse=True)
def site(settings):
    """The pages of ``tests/context/site.py``, sessions in cookies."""
    settings.ROOT_URLCONF = "tests.context.site"
    settings.MIDDLEWARE = MIDDLEWARE
    settings.SESSION_ENGINE = "django.contrib.sessions.backends.signed_cookies"
    settings.ALLOWED_HOSTS = ["testserver"]


@pytest.fixture
def ann(db):
    return User.objects.create_user("ann")


@pytest.fixture
def logged_in(client, ann):
    client.force_login(ann)
    return client


def without_id(context):
    """A context whose request id is a made one, without it."""
    uuid.UUID(context["request_id"])
    return {key: value for key, value in context.items() if key != "request_id"}


def told(method, path, **user):
    return {"method": method, "path": path, "remote_addr": "127.0.0.1", **user}


def view_that(does):
    """The middleware around a view that does something."""

    def view(request):
        does(request)
        return HttpResponse()

    return AuditContextMiddleware(view)


def create(request):
    Publisher.objects.create(name="Faber")


@pytest.mark.proof
@pytest.mark.django_db
def test_a_write_says_who_and_where(logged_in, ann):
    logged_in.post("/write/?password=secret")
    [context] = contexts()
    assert without_id(context) == told("POST", "/write/", user=ann.pk, username="ann")
    assert trigger_audit.current_context() == {}


@pytest.mark.django_db
def test_nobody_is_logged_in(client):
    client.post("/write/")
    assert [without_id(context) for context in contexts()] == [told("POST", "/write/")]


@pytest.mark.django_db
def test_without_authentication_at_all(client, settings):
    settings.MIDDLEWARE = MIDDLEWARE[2:]
    client.post("/write/")
    assert [without_id(context) for context in contexts()] == [told("POST", "/write/")]


@pytest.mark.django_db
def test_raw_sql(logged_in, ann):
    logged_in.get("/raw/")
    [context] = contexts()
    assert without_id(context) == told("GET", "/raw/", user=ann.pk, username="ann")


@pytest.mark.parametrize("position", [0, 1, 2])
@pytest.mark.django_db
def test_its_place_among_the_middleware_does_not_matter(logged_in, ann, settings, position):
    settings.MIDDLEWARE = MIDDLEWARE[:2]
    settings.MIDDLEWARE.insert(position, MIDDLEWARE[2])
    logged_in.post("/write/")
    [context] = contexts()
    assert (context["user"], context["username"]) == (ann.pk, "ann")


@pytest.mark.django_db
def test_a_request_that_writes_nothing_makes_no_query(logged_in, django_assert_num_queries):
    # Two savepoints of the view's blocks, in the test's transaction, and two reads.
    with django_assert_num_queries(6):
        logged_in.get("/read/")
    with CaptureQueriesContext(connection) as queries:
        logged_in.get("/read/")
    assert not any("auth_user" in query["sql"] for query in queries)


@pytest.mark.django_db
def test_the_user_is_asked_for_once(ann, rf, django_assert_num_queries):
    def write_twice(request):
        for name in ("Faber", "Virago"):
            Publisher.objects.create(name=name)

    request = rf.get("/")
    request.user = SimpleLazyObject(lambda: User.objects.get(username="ann"))
    # The user, between SAVEPOINT and its RELEASE, and two writes.
    with django_assert_num_queries(5):
        view_that(write_twice)(request)
    assert [context["username"] for context in contexts()] == ["ann", "ann"]


@pytest.mark.django_db
def test_who_is_logged_in_when_the_write_happens(client, ann):
    client.get("/login/")
    users = {name: context.get("username") for name, context in by_name().items()}
    assert users == {"before": None, "logged in": "ann", "logged out": None}
    # The time of the last login is not audited: the update of the user writes no event.
    assert contexts("auth_user", op="UPDATE") == []


@pytest.mark.django_db
def test_a_user_may_remove_itself(logged_in, ann):
    key = ann.pk
    logged_in.post("/leave/")
    [deletion] = contexts("auth_user", op="DELETE")
    assert (deletion["user"], deletion["username"]) == (key, "ann")
    [later] = contexts()
    assert (later["user"], later["username"]) == (None, "ann")


@pytest.mark.proof
@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/", "/decorated/"])
def test_a_user_who_authenticates_inside_the_view_is_seen(client, ann, path):
    client.post(path, headers={"X-Token": "ann"})
    [context] = contexts()
    assert without_id(context) == told("POST", path, user=ann.pk, username="ann")


@pytest.mark.django_db
def test_it_goes_before_a_session_where_the_view_says_so(logged_in):
    User.objects.create_user("ben")
    logged_in.post("/api/", headers={"X-Token": "ben"})
    assert [context["username"] for context in contexts()] == ["ben"]


@pytest.mark.django_db
def test_blocks_of_the_view_add_to_it(rf):
    def write(request):
        with trigger_audit.context(reason="import", path="elsewhere"):
            create(request)

    view_that(write)(rf.post("/write/"))
    [context] = contexts()
    assert (context["reason"], context["path"], context["method"]) == (
        "import",
        "elsewhere",
        "POST",
    )


@pytest.mark.django_db
def test_nothing_is_left_after_a_view_that_fails(client):
    with pytest.raises(RuntimeError, match="of the view"):
        client.get("/fail/")
    assert trigger_audit.current_context() == {}
    Publisher.objects.create(name="Virago")
    assert [context and context["path"] for context in contexts()] == ["/fail/", None]


@pytest.mark.django_db
def test_what_a_streamed_body_writes(logged_in):
    response = logged_in.get("/stream/")
    chunks = iter(response.streaming_content)
    assert next(chunks) == b"first"
    assert trigger_audit.current_context() == {}
    assert list(chunks) == [b"second"]
    assert {name: context["username"] for name, context in by_name().items()} == {
        "first": "ann",
        "second": "ann",
    }


# Async.


@pytest.fixture
def async_client(ann):
    client = AsyncClient()
    client.force_login(ann)
    return client


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("path", ["/awrite/", "/awrite-known/", "/write/"])
def test_an_async_request(async_client, ann, path):
    run(async_client.post(path))
    [context] = contexts()
    assert without_id(context) == told("POST", path, user=ann.pk, username="ann")


@pytest.mark.django_db(transaction=True)
def test_async_code_may_ask_for_the_context(async_client, ann):
    response = run(async_client.post("/awrite-known/"))
    assert [response.json()] == contexts()


@pytest.mark.django_db(transaction=True)
def test_what_an_async_body_writes(async_client):
    async def read():
        response = await async_client.get("/astream/")
        return [chunk async for chunk in response.streaming_content]

    assert run(read()) == [b"first", b"second"]
    assert {context["username"] for context in contexts()} == {"ann"}


@pytest.mark.django_db(transaction=True)
def test_requests_at_once_are_not_mixed_up():
    users = [User.objects.create_user(f"user {number}") for number in range(8)]

    async def meet():
        clients = [AsyncClient() for user in users]
        for client, user in zip(clients, users, strict=True):
            await client.aforce_login(user)
        await asyncio.gather(
            *(
                client.get(f"/meet/{user.username}/")
                for client, user in zip(clients, users, strict=True)
            )
        )

    run(meet())
    told = {name: context["username"] for name, context in by_name().items()}
    assert told == {
        f"{user.username} {when}": user.username for user in users for when in ("before", "after")
    }


def test_it_is_async_where_the_view_is():
    async def view(request):
        return HttpResponse()

    response = AuditContextMiddleware(view)(AsyncRequestFactory().get("/"))
    assert asyncio.iscoroutine(response)
    assert asyncio.run(response).status_code == 200


# What a request says of itself.


@pytest.mark.django_db
def test_a_long_path_is_cut(rf):
    view_that(create)(rf.get("/any/" + "/" * 10_000))
    [context] = contexts()
    assert context["path"] == "/any/" + "/" * 251


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path", ["/any/*/", "/any/%25%s%%", "/any/é😀\x00\ud800'\"\\", "/any/*//*"]
)
def test_any_path_is_stored(rf, path):
    request = rf.get("/")
    request.path = path
    view_that(create)(request)
    [context] = contexts()
    assert context["path"] == path.replace("\x00", "\ufffd").replace("\ud800", "\ufffd")


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("0af7-651916cd", "0af7-651916cd"),
        ("Root=1-67891233-abcdef012345678912345678;Self=1", None),
        ("x" * 1000, "x" * 128),
    ],
)
def test_a_request_id_from_a_header(rf, settings, given, kept):
    settings.TRIGGER_AUDIT_REQUEST_ID_HEADER = "X-Request-ID"
    view_that(create)(rf.get("/", headers={"X-Request-ID": given}))
    [context] = contexts()
    assert context["request_id"] == (kept or given)


@pytest.mark.django_db
@pytest.mark.parametrize("given", ["", "  ", "two words", "*/ DROP", "é", "a\nb", "<script>", "'"])
def test_an_id_that_is_none_is_replaced_by_a_made_one(rf, settings, given):
    settings.TRIGGER_AUDIT_REQUEST_ID_HEADER = "X-Request-ID"
    request = rf.get("/", headers={"X-Request-ID": given})
    view_that(create)(request)
    [context] = contexts()
    uuid.UUID(context["request_id"])


@pytest.mark.django_db
def test_no_header_is_believed_by_default(rf):
    headers = {"X-Request-ID": "forged", "X-Forwarded-For": "6.6.6.6"}
    view_that(create)(rf.get("/", headers=headers))
    assert [without_id(context) for context in contexts()] == [told("GET", "/")]


@pytest.mark.django_db
def test_the_made_id_is_one_for_each_request(rf):
    def write_twice(request):
        assert trigger_audit.current_context()["request_id"]
        Publisher.objects.create(name=f"{id(request)} 1")
        Publisher.objects.create(name=f"{id(request)} 2")

    requests = [rf.get("/"), rf.get("/")]
    for request in requests:
        view_that(write_twice)(request)
    first, second, third, fourth = (context["request_id"] for context in contexts())
    assert first == second != third == fourth


@pytest.mark.django_db
def test_method_and_username_are_cut(rf, ann):
    ann.username = "ä" * 1000
    request = rf.generic("X" * 1000, "/")
    request.user = ann
    view_that(create)(request)
    [context] = contexts()
    assert (context["method"], context["username"]) == ("X" * 16, "ä" * 150)


# What a project makes of it.


class OfATenant(AuditContextMiddleware):
    def get_context(self, request):
        return {**super().get_context(request), "tenant": request.tenant, "path": None}


@pytest.mark.django_db
def test_one_method_may_be_overridden(rf):
    request = rf.get("/")
    request.tenant = uuid.UUID(int=7)
    OfATenant(view_that(create).get_response)(request)
    [context] = contexts()
    assert (context["tenant"], context["path"]) == (str(uuid.UUID(int=7)), None)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("tenant", "error"),
    [(object(), "TypeError"), ("x" * 5000, "ContextTooLarge"), (None, None)],
)
def test_an_override_that_fails_fails_no_write(rf, caplog, tenant, error):
    request = rf.get("/write/")
    if tenant:
        request.tenant = tenant
    with caplog.at_level(logging.ERROR, "trigger_audit"):
        OfATenant(view_that(create).get_response)(request)
    [context] = contexts()
    error = error or "AttributeError"
    assert context == {"method": "GET", "path": "/write/", "context_error": error}
    assert error in caplog.text


@pytest.mark.proof
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("atomic", [True, False])
def test_a_user_who_cannot_be_asked_for_fails_no_write(logged_in, ann, settings, atomic):
    """The query fails inside the transaction of the write, which goes on all the same."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE auth_user RENAME COLUMN username TO hidden")
    try:
        if atomic:
            with transaction.atomic():
                logged_in.get("/write/")
        else:
            logged_in.get("/write/")
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE auth_user RENAME COLUMN hidden TO username")
    assert contexts() == [{"method": "GET", "path": "/write/", "context_error": "ProgrammingError"}]


@pytest.mark.django_db
def test_what_is_excluded_never_reaches_the_database(logged_in, settings):
    settings.TRIGGER_AUDIT_CONTEXT_EXCLUDE = ["username", "remote_addr", "request_id"]
    with CaptureQueriesContext(connection) as queries:
        logged_in.get("/write/")
    assert [sorted(context) for context in contexts()] == [["method", "path", "user"]]
    assert not any("127.0.0.1" in query["sql"] for query in queries)


def test_the_factory_of_requests_needs_no_database():
    """What ``current_context`` tells of a request without a user."""
    seen = []
    view_that(lambda request: seen.append(trigger_audit.current_context()))(
        RequestFactory().get("/somewhere/")
    )
    assert [without_id(context) for context in seen] == [told("GET", "/somewhere/")]
