"""Pathways: the clinical areas, each with its own data and its live model version."""

from typing import Any

from django.http import HttpResponse
from django.urls import reverse
from drf_spectacular.utils import extend_schema
from rest_framework import generics, serializers, status
from rest_framework.request import Request
from rest_framework.response import Response

from api.idempotency import idempotent
from api.pagination import BySlug
from recommender import models
from recommender.models.pathway import SLUG
from recommender.services import pathways


class PathwayAnswer(serializers.ModelSerializer[models.Pathway]):
    """A pathway; `gate_limits` holds what differs from the defaults."""

    gate_limits = serializers.DictField(child=serializers.FloatField(), read_only=True)

    class Meta:
        model = models.Pathway
        fields = ("slug", "title", "gate_limits", "promotion_by_two", "created")
        read_only_fields = fields


class Pathways(generics.ListAPIView[models.Pathway]):
    """The pathways, by slug."""

    queryset = models.Pathway.objects.all()
    serializer_class = PathwayAnswer
    pagination_class = BySlug
    filter_backends = ()

    class Body(serializers.Serializer[Any]):
        """A new pathway."""

        slug = serializers.CharField(max_length=64, validators=[SLUG])
        title = serializers.CharField(max_length=200)

        class Meta:
            ref_name = "NewPathway"

    @extend_schema(request=Body, responses={status.HTTP_201_CREATED: PathwayAnswer})
    @idempotent
    def post(self, request: Request) -> HttpResponse:
        """Add a pathway."""
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        pathway = pathways.create(**body.validated_data, by=request.user.username)
        return Response(
            PathwayAnswer(pathway).data,
            status=status.HTTP_201_CREATED,
            headers={"Location": reverse("v1:pathway", args=[pathway.slug])},
        )


class Pathway(generics.RetrieveAPIView[models.Pathway]):
    """One pathway."""

    queryset = models.Pathway.objects.all()
    serializer_class = PathwayAnswer
    lookup_field = "slug"

    class Body(serializers.Serializer[Any]):
        """What can change: the slug can't, other systems know it."""

        title = serializers.CharField(max_length=200, required=False)
        gate_limits = serializers.DictField(child=serializers.FloatField(), required=False)
        promotion_by_two = serializers.BooleanField(required=False)

        class Meta:
            ref_name = "PathwayChange"

    @extend_schema(request=Body, responses=PathwayAnswer)
    def patch(self, request: Request, slug: str) -> HttpResponse:
        """Another title, other limits for the gates of its next versions, who decides on them."""
        del slug
        body = self.Body(data=request.data)
        body.is_valid(raise_exception=True)
        pathway, by = self.get_object(), request.user.username
        if "gate_limits" in body.validated_data:
            limits = body.validated_data["gate_limits"]
            pathway = pathways.set_gate_limits(pathway=pathway, limits=limits, by=by)
        if "title" in body.validated_data:
            title = body.validated_data["title"]
            pathway = pathways.retitle(pathway=pathway, title=title, by=by)
        if "promotion_by_two" in body.validated_data:
            pathway = pathways.set_promotion_by_two(
                pathway=pathway,
                by_two=body.validated_data["promotion_by_two"],
                by=by,
                is_superuser=bool(request.user.is_superuser),
            )
        return Response(PathwayAnswer(pathway).data)
