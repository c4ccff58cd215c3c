"""Models that try to break the capture."""

from django.apps import AppConfig


class AwkwardConfig(AppConfig):
    name = "tests.awkward"
    label = "awkward"
    default_auto_field = "django.db.models.BigAutoField"
