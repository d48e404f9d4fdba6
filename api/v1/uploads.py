"""Uploads: a data set's file on its way in, and what became of it."""

from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.http import HttpResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import generics, parsers, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import tasks.datasets
from api.errors import TOO_LARGE, HttpError
from api.idempotency import idempotent
from recommender import models
from recommender.exceptions import BadInput
from recommender.models.pathway import SLUG
from recommender.services import table_mappings

MAX_MAPPING_BYTES = 100_000
FORMATS = ("csv", "parquet", "table", "fhir")


class TextOrFile(serializers.CharField):
    """A text that may also come as a file, as `curl -F mapping=@mapping.toml` sends it."""

    def to_internal_value(self, data: Any) -> str:  # noqa: ANN401
        """The text."""
        if isinstance(data, UploadedFile):
            try:
                data = data.read(MAX_MAPPING_BYTES + 1).decode()
            except UnicodeDecodeError:
                raise serializers.ValidationError("Save the file as UTF-8.") from None
        return super().to_internal_value(data)


class UploadProblem(serializers.Serializer[Any]):
    """Why a file was refused: where, and what to do; never a value."""

    file = serializers.CharField(required=False)
    row = serializers.IntegerField(required=False, allow_null=True)
    field = serializers.CharField(required=False, allow_null=True)
    code = serializers.CharField(required=False)
    message = serializers.CharField()


class UploadAnswer(serializers.ModelSerializer[models.DataSetUpload]):
    """Where an upload stands."""

    pathway = serializers.CharField(source="pathway_slug", read_only=True)
    problems = UploadProblem(many=True, read_only=True)

    class Meta:
        model = models.DataSetUpload
        fields = (
            "id", "pathway", "name", "format", "publish", "status", "stage", "problems",
            "problem_counts", "dataset", "created", "created_by", "finished",
        )  # fmt: skip
        read_only_fields = fields


class UploadFilter(filters.FilterSet):
    """Which uploads to list."""

    pathway = filters.CharFilter("pathway_slug")
    status = filters.ChoiceFilter(choices=models.DataSetUpload.Status.choices)


class Uploads(generics.ListAPIView[models.DataSetUpload]):
    """The uploads, newest first."""

    queryset = models.DataSetUpload.objects.defer("mapping")
    serializer_class = UploadAnswer
    filterset_class = UploadFilter


class Upload(generics.RetrieveAPIView[models.DataSetUpload]):
    """One upload: unmapped, waiting, running, imported (with its data set) or refused (and why)."""

    queryset = models.DataSetUpload.objects.defer("mapping")
    serializer_class = UploadAnswer


class DataSetUpload(APIView):
    """Hand in a data set's file; a worker imports it."""

    parser_classes = (parsers.MultiPartParser,)

    class Body(serializers.Serializer[Any]):
        """The form."""

        file = serializers.FileField(help_text="A .zip of a folder, a .csv or a .parquet file.")
        name = serializers.RegexField(r"^[\w][\w .-]*$", max_length=100)
        pathway = serializers.CharField(max_length=64, validators=[SLUG])
        format = serializers.ChoiceField(FORMATS, required=False, default="")
        mapping = TextOrFile(
            required=False,
            default="",
            max_length=MAX_MAPPING_BYTES,
            help_text="TOML, for a wide table; a text or a file.",
        )
        mapping_name = serializers.CharField(
            required=False,
            default="",
            max_length=100,
            help_text="Instead of a mapping: the name of one that the admin's mapping editor kept.",
        )
        publish = serializers.BooleanField(required=False, default=False)

        class Meta:
            ref_name = "DataSetUploadForm"

        def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
            """Take the kept mapping as it is now, where one is named."""
            if name := attrs.pop("mapping_name"):
                if attrs["mapping"]:
                    raise BadInput("Give a mapping or the name of one.", field="mapping_name")
                attrs["mapping"] = table_mappings.named(name).text
            return attrs

    @extend_schema(
        request={"multipart/form-data": Body}, responses={status.HTTP_202_ACCEPTED: UploadAnswer}
    )
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Keep the file and have a worker import it; see the Location for what becomes of it."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        if body.validated_data["file"].size > settings.MAX_UPLOAD_BYTES:
            raise HttpError(
                TOO_LARGE, f"Send at most {settings.MAX_UPLOAD_BYTES} bytes.", field="file"
            )
        upload = tasks.datasets.start(**body.validated_data, by=request.user.username)
        return Response(
            UploadAnswer(upload).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("v1:upload", args=[upload.pk])},
        )
