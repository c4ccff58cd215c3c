"""A page that writes: another thread does it, on a connection of its own."""

from django.http import HttpResponse
from django.urls import path

from tests.suites.shop.models import Product


def add(request):
    Product.objects.create(name="by the server")
    return HttpResponse("added")


urlpatterns = [path("add/", add)]
