"""How much of a history one response holds."""

from __future__ import annotations

from rest_framework.pagination import PageNumberPagination
from rest_framework.settings import api_settings


class AuditHistoryPagination(PageNumberPagination):
    """Pages by number, of the project's ``PAGE_SIZE`` or of 50 events."""

    page_size = api_settings.PAGE_SIZE or 50
    page_size_query_param = "page_size"
    max_page_size = max(page_size, 500)
