"""An API of the library, with the history of its books."""

from django.urls import path
from rest_framework import serializers, viewsets
from rest_framework.authentication import BasicAuthentication
from rest_framework.pagination import CursorPagination
from rest_framework.permissions import BasePermission, IsAdminUser, IsAuthenticated
from rest_framework.routers import DefaultRouter
from rest_framework.schemas import get_schema_view

from tests.awkward.models import Car, Grandchild, UuidKey
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


class PrivateViewSet(BookViewSet):
    history_exclude = ["id", "publisher"]


class TaggedViewSet(BookViewSet):
    history_fields = ["price", "tags"]


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


class NotTheSecretCars(BasePermission):
    """Of which a table of a parent knows."""

    def has_object_permission(self, request, view, row):
        return "secret" not in {getattr(row, "name", None), getattr(row, "title", None)}


class CarViewSet(AuditHistoryMixin, viewsets.GenericViewSet):
    queryset = Car.objects.all()
    permission_classes = [NotTheSecretCars]
    history_of_deleted = True


class GrandchildViewSet(CarViewSet):
    queryset = Grandchild.objects.all()


books = DefaultRouter()
books.register("books", BookViewSet)

router = DefaultRouter()
router.register("books", BookViewSet)
router.register("archive", ArchiveViewSet, basename="archived")
router.register("priceless", PricelessViewSet, basename="priceless")
router.register("titles", TitleViewSet, basename="titles")
router.register("private", PrivateViewSet, basename="private")
router.register("tagged", TaggedViewSet, basename="tagged")
router.register("staff", StaffViewSet, basename="staff")
router.register("by-title", ByTitleViewSet, basename="by-title")
router.register("keys", UuidKeyViewSet)
router.register("cars", CarViewSet)
router.register("grandchildren", GrandchildViewSet)

urlpatterns = [
    *router.urls,
    path("schema/", get_schema_view(title="Library", public=True, patterns=books.urls)),
]
