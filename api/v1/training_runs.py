"""Training runs: asked for here, carried out by a worker, watched until they end."""

from typing import Any
from uuid import UUID

from django.http import HttpResponse
from django.urls import reverse
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import tasks.training
from api.idempotency import idempotent
from recommender import models
from recommender.ml.recipes import RECIPES, Recipe
from recommender.models.pathway import SLUG
from recommender.services import recipes, training

RECORDS = models.TrainingRun.objects.select_related("pathway", "model_version").prefetch_related(
    "datasets"
)
MAX_DATASETS = 100


class TrainedOn(serializers.ModelSerializer[models.DataSet]):
    """A data set of a run."""

    class Meta:
        model = models.DataSet
        fields = ("id", "name", "version")
        read_only_fields = fields


class RunLogLine(serializers.Serializer[Any]):
    """One line of a run's log."""

    at = serializers.DateTimeField()
    level = serializers.CharField()
    message = serializers.CharField()


class TrainingRunAnswer(serializers.ModelSerializer[models.TrainingRun]):
    """A training run, and the model version it made."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)
    datasets = TrainedOn(many=True, read_only=True)
    recipe = serializers.DictField(read_only=True)
    model_version = serializers.SerializerMethodField()

    class Meta:
        model = models.TrainingRun
        fields: tuple[str, ...] = (
            "id", "pathway", "datasets", "data_hash", "recipe_name", "recipe", "seed",
            "library_versions", "requested_by", "status", "stage", "share_done", "eta_seconds",
            "result", "failure", "attempts", "cancel_requested", "created", "started",
            "finished", "model_version",
        )  # fmt: skip
        read_only_fields: tuple[str, ...] = fields

    @extend_schema_field(serializers.UUIDField(allow_null=True))
    def get_model_version(self, run: models.TrainingRun) -> UUID | None:
        """The id of the version that the run made, if it did."""
        return run.model_version.pk if hasattr(run, "model_version") else None


class TrainingRunDetail(TrainingRunAnswer):
    """The same with its log."""

    log = RunLogLine(many=True, read_only=True)

    class Meta(TrainingRunAnswer.Meta):
        fields = (*TrainingRunAnswer.Meta.fields, "log")
        read_only_fields = fields


class TrainingRunFilter(filters.FilterSet):
    """Which runs to list."""

    pathway = filters.CharFilter("pathway__slug")
    status = filters.ChoiceFilter(choices=models.TrainingRun.Status.choices)


@extend_schema_field(
    {
        "oneOf": [
            {"type": "string", "maxLength": recipes.MAX_NAME, "examples": sorted(RECIPES)},
            {"type": "object"},
        ]
    }
)
class RecipeField(serializers.Field[Any, Any, Any, Any]):
    """A recipe by its name, or a recipe of one's own as an object."""

    def to_internal_value(self, data: object) -> Recipe | str:
        """The recipe, or its name: which there are depends on the pathway."""
        return data if isinstance(data, str) else Recipe.from_json(data)


class TrainingRuns(generics.ListAPIView[models.TrainingRun]):
    """The training runs, newest first; a POST asks for another."""

    queryset = RECORDS.defer("log")
    serializer_class = TrainingRunAnswer
    filterset_class = TrainingRunFilter

    class Body(serializers.Serializer[Any]):
        """What to train."""

        pathway = serializers.CharField(max_length=64, validators=[SLUG])
        datasets = serializers.ListField(
            child=serializers.CharField(max_length=120),
            required=False,
            max_length=MAX_DATASETS,
            help_text="Published data sets, as NAME or NAME@VERSION; empty: all of the pathway.",
        )
        recipe = RecipeField(
            required=False,
            help_text="The name of a recipe that ships or that `tune` made, or a recipe.",
        )
        seed = serializers.IntegerField(
            required=False, min_value=0, max_value=training.MAX_SEED, allow_null=True
        )

        class Meta:
            ref_name = "TrainingRunRequest"

    @extend_schema(request=Body, responses={status.HTTP_202_ACCEPTED: TrainingRunDetail})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Ask for a training run; see the Location for how far it is."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        recipe = asked.get("recipe", "default")
        if isinstance(recipe, str):
            recipe = recipes.named(recipe, pathway=asked["pathway"])
        run = tasks.training.start(
            pathway=asked["pathway"],
            datasets=tuple(asked.get("datasets", ())),
            recipe=recipe,
            seed=asked.get("seed"),
            by=request.user.username,
        )
        return Response(
            TrainingRunDetail(RECORDS.get(pk=run.pk)).data,
            status=status.HTTP_202_ACCEPTED,
            headers={"Location": reverse("v1:training-run", args=[run.pk])},
        )


class TrainingRun(generics.RetrieveAPIView[models.TrainingRun]):
    """One training run with its log."""

    queryset = RECORDS
    serializer_class = TrainingRunDetail


class TrainingRunCancel(APIView):
    """Stop a run: at once while it waits, at its next report while it trains."""

    @extend_schema(request=None, responses=TrainingRunDetail)
    @idempotent
    def post(self, request: Request, pk: UUID) -> HttpResponse:
        """Cancel the run."""
        run = generics.get_object_or_404(models.TrainingRun, pk=pk)
        training.cancel(run=run, by=request.user.username)
        return Response(TrainingRunDetail(RECORDS.get(pk=pk)).data)
