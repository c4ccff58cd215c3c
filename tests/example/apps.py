"""The library: the example of the README, of the demo and of many tests."""

from django.apps import AppConfig


class LibraryConfig(AppConfig):
    name = "tests.example"
    label = "library"
    default_auto_field = "django.db.models.BigAutoField"
