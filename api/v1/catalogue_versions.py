"""Versions of the catalogue: begin a draft, read its diff, sign it, publish it."""

from typing import Any

from django.db.models import QuerySet
from django.http import HttpResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.idempotency import idempotent
from recommender import models
from recommender.clinical.catalogue_changes import EntryKind
from recommender.services import catalogue_drafts, catalogue_reading, catalogue_signing
from recommender.services.catalogue_reading import ReadVersion


class CatalogueVersionAnswer(serializers.ModelSerializer[models.CatalogueVersion]):
    """A version; a draft has no number yet."""

    class Meta:
        model = models.CatalogueVersion
        fields = (
            "id", "number", "status", "origin", "reason", "authors", "digest", "created",
            "created_by", "ended_at", "ended_by",
        )  # fmt: skip
        read_only_fields = fields


class CatalogueFieldAnswer(serializers.Serializer[Any]):
    """One field that says something else; of a draft, `before` is what is live."""

    field = serializers.CharField()
    before = serializers.JSONField()
    after = serializers.JSONField()


class CatalogueChangeAnswer(serializers.Serializer[Any]):
    """One entry that the version changes."""

    id = serializers.IntegerField(source="change.pk")
    kind = serializers.ChoiceField(
        choices=[(kind.value, kind.value) for kind in EntryKind], source="change.kind"
    )
    code = serializers.CharField(source="change.code")
    done = serializers.CharField()
    changed_by = serializers.CharField(source="change.changed_by")
    fields_changed = CatalogueFieldAnswer(many=True, source="fields")


class CatalogueSignatureAnswer(serializers.Serializer[Any]):
    """Who stands for it, since when."""

    by = serializers.CharField(source="signer.username")
    at = serializers.DateTimeField(source="signed_at")


class CatalogueExampleAnswer(serializers.Serializer[Any]):
    """A worked case of a changed rule, and whether the rule does there what it says."""

    rule = serializers.CharField()
    example = serializers.DictField(source="written")
    kept = serializers.BooleanField()


class CatalogueVersionReadAnswer(serializers.Serializer[ReadVersion]):
    """A version with its diff; `digest` is what a signature has to name."""

    version = CatalogueVersionAnswer()
    changes = CatalogueChangeAnswer(many=True)
    examples = CatalogueExampleAnswer(many=True)
    problems = serializers.ListField(child=serializers.CharField())
    signatures = CatalogueSignatureAnswer(many=True)
    missing_signature = serializers.CharField()
    digest = serializers.CharField()


class VersionFilter(filters.FilterSet):
    """Which versions to list."""

    status = filters.ChoiceFilter(choices=models.CatalogueVersion.Status.choices)
    origin = filters.ChoiceFilter(choices=models.CatalogueVersion.Origin.choices)
    number = filters.NumberFilter("number", min_value=0, max_value=2**31 - 1)


class CatalogueVersions(generics.ListAPIView[models.CatalogueVersion]):
    """The versions of the catalogue, the newest first."""

    queryset = models.CatalogueVersion.objects.all()
    serializer_class = CatalogueVersionAnswer
    filterset_class = VersionFilter

    class Body(serializers.Serializer[Any]):
        """What is to be changed, and why."""

        reason = serializers.CharField(max_length=500)

        class Meta:
            ref_name = "NewCatalogueDraft"

    def get_queryset(self) -> QuerySet[models.CatalogueVersion]:
        """Every version."""
        return models.CatalogueVersion.objects.all()

    @extend_schema(request=Body, responses={status.HTTP_201_CREATED: CatalogueVersionAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Begin a draft; there is one at a time."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        made = catalogue_drafts.begin(**body.validated_data, by=request.user.username)
        return Response(
            CatalogueVersionAnswer(made).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("v1:catalogue-version", args=[made.pk])},
        )


class _OfVersion(APIView):
    """Something about one version."""

    def version(self, pk: int) -> models.CatalogueVersion:
        return generics.get_object_or_404(models.CatalogueVersion, pk=pk)

    def as_read(self, pk: int) -> Response:
        return Response(CatalogueVersionReadAnswer(catalogue_reading.read(self.version(pk))).data)


class CatalogueVersion(_OfVersion):
    """One version with its diff; of a draft, what is in its way and who has to sign."""

    @extend_schema(responses=CatalogueVersionReadAnswer)
    def get(self, request: Request, pk: int) -> Response:
        """The version."""
        del request
        return self.as_read(pk)


class CatalogueChange(_OfVersion):
    """One change of a draft."""

    @extend_schema(responses={status.HTTP_204_NO_CONTENT: None})
    def delete(self, request: Request, pk: int, change: int) -> Response:
        """Take the change out of the draft: the entry stays as it is live."""
        draft = self.version(pk)
        found = generics.get_object_or_404(draft.changes, pk=change)
        catalogue_drafts.take_out(
            draft=draft, kind=EntryKind(found.kind), code=found.code, by=request.user.username
        )
        return Response(status=status.HTTP_204_NO_CONTENT)


class CatalogueVersionSign(_OfVersion):
    """Signing a draft; two different people have to, of whom one wrote none of it."""

    class Body(serializers.Serializer[Any]):
        """The digest of the draft as it was read."""

        digest = serializers.CharField(max_length=64)

        class Meta:
            ref_name = "CatalogueSignature"

    @extend_schema(request=Body, responses=CatalogueVersionReadAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Stand for the draft; by a person's own token or session, not a program's."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        catalogue_signing.sign(
            draft=self.version(pk), **body.validated_data, by=request.user.username
        )
        return self.as_read(pk)


class CatalogueVersionPublish(_OfVersion):
    """Publishing a draft that two people signed."""

    @extend_schema(request=None, responses=CatalogueVersionReadAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Make the draft hold from the next answer on."""
        catalogue_signing.publish(draft=self.version(pk), by=request.user.username)
        return self.as_read(pk)


class CatalogueVersionDiscard(_OfVersion):
    """Dropping a draft."""

    @extend_schema(request=None, responses=CatalogueVersionReadAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> Response:
        """Drop the draft; it stays readable."""
        catalogue_drafts.discard(draft=self.version(pk), by=request.user.username)
        return self.as_read(pk)
