"""Pages that write in every way a view may; the URL configuration of the middleware's tests."""

import asyncio

from django.contrib import auth
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpResponse, JsonResponse, StreamingHttpResponse
from django.urls import path, re_path
from rest_framework.authentication import BaseAuthentication
from rest_framework.decorators import api_view, authentication_classes
from rest_framework.response import Response

import trigger_audit
from tests.example.models import Publisher


def write(request, name="Faber"):
    Publisher.objects.create(name=name)
    return HttpResponse()


async def awrite(request):
    await Publisher.objects.acreate(name="Faber")
    return HttpResponse()


async def awrite_known(request):
    """What async code asks of the user, and what a queue is told, before any write."""
    await request.auser()
    told = trigger_audit.current_context()
    await Publisher.objects.acreate(name="Faber")
    return JsonResponse(told)


async def meet(request, name):
    """Write twice, and let other requests write in between."""
    await Publisher.objects.acreate(name=f"{name} before")
    await asyncio.sleep(0.01)
    await Publisher.objects.acreate(name=f"{name} after")
    return HttpResponse()


def read(request):
    with transaction.atomic(), transaction.atomic():
        list(Publisher.objects.all())
    with trigger_audit.context(reason="look around"):
        return HttpResponse(Publisher.objects.count())


def login(request):
    Publisher.objects.create(name="before")
    auth.login(
        request, User.objects.get(username="ann"), "django.contrib.auth.backends.ModelBackend"
    )
    Publisher.objects.create(name="logged in")
    auth.logout(request)
    Publisher.objects.create(name="logged out")
    return HttpResponse()


def leave(request):
    request.user.delete()
    Publisher.objects.create(name="Faber")
    return HttpResponse()


def fail(request):
    Publisher.objects.create(name="Faber")
    raise RuntimeError("of the view")


def stream(request):
    return StreamingHttpResponse(chunks())


def chunks():
    for name in ("first", "second"):
        Publisher.objects.create(name=name)
        yield name


async def astream(request):
    return StreamingHttpResponse(achunks())


async def achunks():
    for name in ("first", "second"):
        await Publisher.objects.acreate(name=name)
        yield name


def raw(request):
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO library_publisher (name) VALUES ('Faber')")
    return HttpResponse()


class ByHeader(BaseAuthentication):
    """As tokens do: after the middleware, inside the view."""

    def authenticate(self, request):
        return User.objects.get(username=request.headers["X-Token"]), None


@api_view(["POST"])
@authentication_classes([ByHeader])
def api(request):
    Publisher.objects.create(name="Faber")
    return Response(status=201)


def by_decorator(view):
    def authenticated(request):
        request.user = User.objects.get(username=request.headers["X-Token"])
        return view(request)

    return authenticated


urlpatterns = [
    path("write/", write),
    path("awrite/", awrite),
    path("awrite-known/", awrite_known),
    path("meet/<name>/", meet),
    path("read/", read),
    path("login/", login),
    path("leave/", leave),
    path("fail/", fail),
    path("stream/", stream),
    path("astream/", astream),
    path("raw/", raw),
    path("api/", api),
    path("decorated/", by_decorator(write)),
    re_path("^any/.*$", write),
]
