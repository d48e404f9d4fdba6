"""The registry: model versions, their evaluation, and which of them clinicians see."""

from uuid import UUID

from csp.constants import NONE, UNSAFE_INLINE
from csp.decorators import csp
from django.http import HttpResponse
from django.urls import reverse
from django.utils.decorators import method_decorator
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import tasks.judging
from api.idempotency import idempotent
from api.v1.training_runs import TrainedOn
from recommender import models
from recommender.exceptions import Refused
from recommender.services import judging, model_cards, registry

REPORT_POLICY = {"default-src": [NONE], "style-src": [UNSAFE_INLINE], "frame-ancestors": [NONE]}

RECORDS = (
    models.ModelVersion.objects.select_related("pathway", "training_run")
    .prefetch_related("training_run__datasets")
    .defer("evaluation", "training_run__log")
)


class ModelVersionAnswer(serializers.ModelSerializer[models.ModelVersion]):
    """A model version without its evaluation."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)
    trained_on = TrainedOn(source="training_run.datasets", many=True, read_only=True)
    recipe = serializers.CharField(source="training_run.recipe_name", read_only=True)
    gates = serializers.ListField(child=serializers.DictField(), read_only=True)

    class Meta:
        model = models.ModelVersion
        fields = (
            "id", "pathway", "number", "training_run", "trained_on", "recipe", "status",
            "artifact_sha256", "artifact_bytes", "gates", "gates_passed", "personalised",
            "calibrated", "simulated", "created", "proposed_at", "proposed_by", "promoted_at",
            "promoted_by", "retired_at",
        )  # fmt: skip
        read_only_fields = fields


class ModelVersionFilter(filters.FilterSet):
    """Which versions to list."""

    pathway = filters.CharFilter("pathway__slug")
    status = filters.ChoiceFilter(choices=models.ModelVersion.Status.choices)
    gates_passed = filters.BooleanFilter("gates_passed")


class ModelVersions(generics.ListAPIView[models.ModelVersion]):
    """The model versions, newest first."""

    queryset = RECORDS
    serializer_class = ModelVersionAnswer
    filterset_class = ModelVersionFilter


class ModelVersion(generics.RetrieveAPIView[models.ModelVersion]):
    """One model version."""

    queryset = RECORDS
    serializer_class = ModelVersionAnswer


class ModelVersionEvaluation(generics.GenericAPIView[models.ModelVersion]):
    """What the version was worth on cases it hadn't seen, beside every baseline."""

    queryset = models.ModelVersion.objects.only("evaluation")
    filter_backends = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: UUID) -> Response:
        """The evaluation."""
        del request, pk
        return Response(self.get_object().evaluation)


class ModelVersionReport(generics.GenericAPIView[models.ModelVersion]):
    """The evaluation with its plots, as one page that loads nothing: to read, print and keep."""

    queryset = models.ModelVersion.objects.select_related("pathway")
    filter_backends = ()

    @extend_schema(responses={(200, "text/html"): OpenApiTypes.STR})
    @method_decorator(csp(REPORT_POLICY))
    def get(self, request: Request, pk: UUID) -> HttpResponse:
        """The report."""
        del request, pk
        return HttpResponse(judging.report(self.get_object()))


class ModelVersionStudy(APIView):
    """Have a worker train the recipe again on parts of the data; the evaluation then holds it."""

    @extend_schema(request=None, responses={status.HTTP_202_ACCEPTED: None})
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Ask for the study; it takes minutes."""
        version = generics.get_object_or_404(
            models.ModelVersion.objects.select_related("pathway", "training_run"), pk=pk
        )
        tasks.judging.start(version=version, by=request.user.username)
        return Response(
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("v1:model-version-evaluation", args=[pk])},
        )


class ModelVersionCard(generics.GenericAPIView[models.ModelVersion]):
    """The model card: what the version is, what it was made from, and how far to trust it."""

    queryset = models.ModelVersion.objects.select_related(
        "pathway", "training_run"
    ).prefetch_related("training_run__datasets")
    filter_backends = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: UUID) -> Response:
        """The card."""
        del request, pk
        return Response(model_cards.card_of(self.get_object()))


class ModelVersionPropose(APIView):
    """Ask that the version goes live, where two people decide; somebody else then promotes it."""

    @extend_schema(request=None, responses=ModelVersionAnswer)
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Propose the version."""
        version = generics.get_object_or_404(RECORDS, pk=pk)
        registry.propose(version=version, by=request.user.username)
        return Response(ModelVersionAnswer(RECORDS.get(pk=pk)).data)


class ModelVersionPromote(APIView):
    """Make the version live; the one before it retires. The gates decide whether it may."""

    @extend_schema(request=None, responses=ModelVersionAnswer)
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Promote the version."""
        version = generics.get_object_or_404(RECORDS, pk=pk)
        registry.promote(version=version, by=request.user.username)
        return Response(ModelVersionAnswer(RECORDS.get(pk=pk)).data)


class ModelVersionRollBack(APIView):
    """Take the live version back; the one that was live before it serves again."""

    @extend_schema(request=None, responses=ModelVersionAnswer)
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Roll back from this version; answers the one that is live now.

        The version is named, so that two people who roll back at once don't go back two steps.
        """
        version = generics.get_object_or_404(RECORDS, pk=pk)
        if version.status != models.ModelVersion.Status.LIVE:
            raise Refused(f"{version} isn't live, so there's nothing to take back.")
        restored = registry.roll_back(pathway=version.pathway.slug, by=request.user.username)
        return Response(ModelVersionAnswer(RECORDS.get(pk=restored.pk)).data)
