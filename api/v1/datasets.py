"""Data sets: their life from draft to withdrawn, as a data set admin sees it."""

from typing import Any

from django.http import HttpResponse
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from api.idempotency import idempotent
from recommender import models
from recommender.services import dataset_cards, datasets

RECORDS = models.DataSet.objects.select_related("pathway").defer("report")


class DataSetAnswer(serializers.ModelSerializer[models.DataSet]):
    """A data set without its report."""

    pathway = serializers.SlugRelatedField[models.Pathway](slug_field="slug", read_only=True)

    class Meta:
        model = models.DataSet
        fields = (
            "id", "pathway", "name", "version", "title", "description", "licences", "sources",
            "source_version", "simulated", "status", "content_hash", "case_count",
            "finding_count", "response_count", "created", "created_by", "published_at",
            "published_by", "withdrawn_at", "withdrawn_by", "withdrawn_reason",
        )  # fmt: skip
        read_only_fields = fields


class DataSetFilter(filters.FilterSet):
    """Which data sets to list."""

    pathway = filters.CharFilter("pathway__slug")
    status = filters.ChoiceFilter(choices=models.DataSet.Status.choices)
    name = filters.CharFilter("name")
    simulated = filters.BooleanFilter("simulated")
    search = filters.CharFilter("title", "icontains", label="Part of the title.")


class DataSets(generics.ListAPIView[models.DataSet]):
    """The data sets, newest first."""

    queryset = RECORDS
    serializer_class = DataSetAnswer
    filterset_class = DataSetFilter


class DataSet(generics.RetrieveAPIView[models.DataSet]):
    """One data set."""

    queryset = RECORDS
    serializer_class = DataSetAnswer


class DataSetReport(generics.GenericAPIView[models.DataSet]):
    """The import report: what came in, what is missing, how anonymous it is."""

    queryset = models.DataSet.objects.only("report")
    filter_backends = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        """The report as it was made by the import."""
        del request, pk
        return Response(self.get_object().report)


class DataSetCard(generics.GenericAPIView[models.DataSet]):
    """The data-set card: what it is, where it's from, what it holds and what learned from it."""

    queryset = models.DataSet.objects.select_related("pathway")
    filter_backends = ()

    @extend_schema(responses=OpenApiTypes.OBJECT)
    def get(self, request: Request, pk: int) -> Response:
        """The card."""
        del request, pk
        return Response(dataset_cards.card_of(self.get_object()))


class _Change(APIView):
    """A step in a data set's life."""

    def dataset(self, pk: int) -> models.DataSet:
        return generics.get_object_or_404(RECORDS, pk=pk)

    def changed(self, dataset: models.DataSet) -> Response:
        return Response(DataSetAnswer(RECORDS.get(pk=dataset.pk)).data)


class DataSetPublish(_Change):
    """A draft becomes published: it can't change any more, and may be trained on."""

    @extend_schema(request=None, responses=DataSetAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Publish the data set."""
        dataset = self.dataset(pk)
        datasets.publish(dataset=dataset, by=request.user.username)
        return self.changed(dataset)


class DataSetWithdraw(_Change):
    """A data set is withdrawn: no later run trains on it, and it says why."""

    class Body(serializers.Serializer[Any]):
        """Why."""

        reason = serializers.CharField(max_length=1000)

        class Meta:
            ref_name = "DataSetWithdrawal"

    @extend_schema(request=Body, responses=DataSetAnswer)
    @idempotent
    def post(self, request: Request, pk: int) -> HttpResponse:
        """Withdraw the data set."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        dataset = self.dataset(pk)
        datasets.withdraw(
            dataset=dataset, reason=body.validated_data["reason"], by=request.user.username
        )
        return self.changed(dataset)
