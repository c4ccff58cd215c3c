"""An API of the library, with the history of its books."""

from django.urls import path
from rest_framework import serializers, viewsets
from rest_framework.authentication import BasicAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.routers import DefaultRouter
from rest_framework.schemas import get_schema_view

from tests.awkward.models import UuidKey
from tests.example.models import Book
from trigger_audit.rest_framework import AuditEventSerializer, AuditHistoryMixin


class BookSerializer(serializers.ModelSerializer):
    class Meta:
        model = Book
        fields = ["id", "title", "price"]


class NotTheSecretOnes(BasePermission):
    def has_object_permission(self, request, view, book):
        return book.title != "secret"


class ByTitle(CursorPagination):
    """Of a field that events do not have."""

    ordering = "title"


class BookViewSet(AuditHistoryMixin, viewsets.ModelViewSet):
    queryset = Book.objects.exclude(title="hidden")
    serializer_class = BookSerializer
    authentication_classes = [BasicAuthentication]
    permission_classes = [IsAuthenticated, NotTheSecretOnes]
    pagination_class = ByTitle


class ArchiveViewSet(BookViewSet):
    """Keeps the history of what is gone."""

    history_of_deleted = True
    history_context = ["reason"]


class PricelessViewSet(ArchiveViewSet):
    history_exclude = ["price", "tags"]


class TitleViewSet(BookViewSet):
    history_fields = ["title"]

    def get_serializer_class(self):
        return BookSerializer


class StaffViewSet(BookViewSet):
    history_permission_classes = [IsAdminUser]


class ShortSerializer(AuditEventSerializer):
    def to_representation(self, event):
        return event.op


class ByTitleViewSet(ArchiveViewSet):
    lookup_field = "title"
    history_serializer_class = ShortSerializer


class UuidKeySerializer(serializers.ModelSerializer):
    class Meta:
        model = UuidKey
        fields = ["id", "name"]


class UuidKeyViewSet(AuditHistoryMixin, viewsets.ReadOnlyModelViewSet):
    serializer_class = UuidKeySerializer
    queryset = UuidKey.objects.all()
    history_of_deleted = True


books = DefaultRouter()
books.register("books", BookViewSet)

router = DefaultRouter()
router.register("books", BookViewSet)
router.register("archive", ArchiveViewSet, basename="archived")
router.register("priceless", PricelessViewSet, basename="priceless")
router.register("titles", TitleViewSet, basename="titles")
router.register("staff", StaffViewSet, basename="staff")
router.register("by-title", ByTitleViewSet, basename="by-title")
router.register("keys", UuidKeyViewSet)

urlpatterns = [
    *router.urls,
    path("schema/", get_schema_view(title="Library", public=True, patterns=books.urls)),
]
