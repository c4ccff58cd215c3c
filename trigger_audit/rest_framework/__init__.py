"""History in the APIs of projects that use Django REST framework; nothing else imports it."""

from importlib.util import find_spec

from django.core.exceptions import ImproperlyConfigured

if find_spec("rest_framework") is None:
    raise ImproperlyConfigured(
        "trigger_audit.rest_framework needs Django REST framework:"
        " pip install django-trigger-audit[drf]"
    )

from trigger_audit.rest_framework.filters import AuditEventFilter
from trigger_audit.rest_framework.mixins import AuditHistoryMixin
from trigger_audit.rest_framework.pagination import AuditHistoryPagination
from trigger_audit.rest_framework.serializers import AuditEventSerializer

__all__ = [
    "AuditEventFilter",
    "AuditEventSerializer",
    "AuditHistoryMixin",
    "AuditHistoryPagination",
]
