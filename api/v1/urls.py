"""Every address under /api/v1/, as a table. Who may use which: `api.permissions`."""

from django.urls import path

from api.v1 import (
    audit_events,
    catalogue,
    pathways,
)

app_name = "v1"
# fmt: off
urlpatterns = [



    path("pathways/", pathways.Pathways.as_view(), name="pathways"),
    path("pathways/<slug:slug>/", pathways.Pathway.as_view(), name="pathway"),
    path("therapies/", catalogue.Therapies.as_view(), name="therapies"),
    path("therapies/<int:pk>/", catalogue.Therapy.as_view(), name="therapy"),
    path("vocabulary/", catalogue.Vocabulary.as_view(), name="vocabulary"),
    path("vocabulary/<int:pk>/", catalogue.Concept.as_view(), name="concept"),
    path("safety-rules/", catalogue.SafetyRules.as_view(), name="safety-rules"),
    path("safety-rules/<int:pk>/", catalogue.SafetyRule.as_view(), name="safety-rule"),

    path("audit-events/", audit_events.AuditEvents.as_view(), name="audit-events"),
]
# fmt: on
