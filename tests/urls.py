"""No pages: live servers need a URL configuration all the same."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
