"""Every address under /api/v1/, as a table. Who may use which: `api.permissions`."""

# ruff: noqa: E501 - a table reads along its lines

from django.urls import path

from api.v1 import (
    alerts,
    audit_events,
    catalogue,
    catalogue_versions,
    datasets,
    instruments,
    model_versions,
    pathways,
    reviews,
    run_events,
    stops,
    suggestions,
    training_runs,
    uploads,
)

app_name = "v1"
# fmt: off
urlpatterns = [
    path("suggestions/", suggestions.Suggestions.as_view(), name="suggestions"),
    path("suggestions/<uuid:pk>/", suggestions.Suggestion.as_view(), name="suggestion"),
    path("suggestions/<uuid:pk>/reviews/", reviews.Reviews.as_view(), name="reviews"),
    path("reviews/<uuid:pk>/second/", reviews.ReviewSecond.as_view(), name="review-second"),

    path("alerts/", alerts.Alerts.as_view(), name="alerts"),
    path("alerts/<uuid:pk>/acknowledge/", alerts.AlertAcknowledge.as_view(), name="alert-acknowledge"),

    path("datasets/", datasets.DataSets.as_view(), name="datasets"),
    path("datasets/upload/", uploads.DataSetUpload.as_view(), name="dataset-upload"),
    path("datasets/uploads/", uploads.Uploads.as_view(), name="uploads"),
    path("datasets/uploads/<uuid:pk>/", uploads.Upload.as_view(), name="upload"),
    path("datasets/<int:pk>/", datasets.DataSet.as_view(), name="dataset"),
    path("datasets/<int:pk>/publish/", datasets.DataSetPublish.as_view(), name="dataset-publish"),
    path("datasets/<int:pk>/withdraw/", datasets.DataSetWithdraw.as_view(), name="dataset-withdraw"),
    path("datasets/<int:pk>/card/", datasets.DataSetCard.as_view(), name="dataset-card"),
    path("datasets/<int:pk>/report/", datasets.DataSetReport.as_view(), name="dataset-report"),

    path("training-runs/", training_runs.TrainingRuns.as_view(), name="training-runs"),
    path("training-runs/<uuid:pk>/", training_runs.TrainingRun.as_view(), name="training-run"),
    path("training-runs/<uuid:pk>/cancel/", training_runs.TrainingRunCancel.as_view(), name="training-run-cancel"),
    path("training-runs/<uuid:pk>/events/", run_events.TrainingRunEvents.as_view(), name="training-run-events"),

    path("model-versions/", model_versions.ModelVersions.as_view(), name="model-versions"),
    path("model-versions/<uuid:pk>/", model_versions.ModelVersion.as_view(), name="model-version"),
    path("model-versions/<uuid:pk>/propose/", model_versions.ModelVersionPropose.as_view(), name="model-version-propose"),
    path("model-versions/<uuid:pk>/promote/", model_versions.ModelVersionPromote.as_view(), name="model-version-promote"),
    path("model-versions/<uuid:pk>/roll-back/", model_versions.ModelVersionRollBack.as_view(), name="model-version-roll-back"),
    path("model-versions/<uuid:pk>/evaluation/", model_versions.ModelVersionEvaluation.as_view(), name="model-version-evaluation"),
    path("model-versions/<uuid:pk>/study/", model_versions.ModelVersionStudy.as_view(), name="model-version-study"),
    path("model-versions/<uuid:pk>/report/", model_versions.ModelVersionReport.as_view(), name="model-version-report"),
    path("model-versions/<uuid:pk>/card/", model_versions.ModelVersionCard.as_view(), name="model-version-card"),

    path("pathways/", pathways.Pathways.as_view(), name="pathways"),
    path("pathways/<slug:slug>/", pathways.Pathway.as_view(), name="pathway"),
    path("therapies/", catalogue.Therapies.as_view(), name="therapies"),
    path("therapies/<int:pk>/", catalogue.Therapy.as_view(), name="therapy"),
    path("vocabulary/", catalogue.Vocabulary.as_view(), name="vocabulary"),
    path("vocabulary/<int:pk>/", catalogue.Concept.as_view(), name="concept"),
    path("conditions/", catalogue.Conditions.as_view(), name="conditions"),
    path("conditions/<int:pk>/", catalogue.Condition.as_view(), name="condition"),
    path("instruments/", instruments.Instruments.as_view(), name="instruments"),
    path("instruments/<slug:slug>/", instruments.InstrumentByName.as_view(), name="instrument"),
    path("instruments/<slug:slug>/score/", instruments.InstrumentScore.as_view(), name="instrument-score"),
    path("safety-rules/", catalogue.SafetyRules.as_view(), name="safety-rules"),
    path("safety-rules/<int:pk>/", catalogue.SafetyRule.as_view(), name="safety-rule"),

    path("catalogue-versions/", catalogue_versions.CatalogueVersions.as_view(), name="catalogue-versions"),
    path("catalogue-versions/<int:pk>/", catalogue_versions.CatalogueVersion.as_view(), name="catalogue-version"),
    path("catalogue-versions/<int:pk>/changes/<int:change>/", catalogue_versions.CatalogueChange.as_view(), name="catalogue-change"),
    path("catalogue-versions/<int:pk>/sign/", catalogue_versions.CatalogueVersionSign.as_view(), name="catalogue-version-sign"),
    path("catalogue-versions/<int:pk>/publish/", catalogue_versions.CatalogueVersionPublish.as_view(), name="catalogue-version-publish"),
    path("catalogue-versions/<int:pk>/discard/", catalogue_versions.CatalogueVersionDiscard.as_view(), name="catalogue-version-discard"),

    path("stops/", stops.Stops.as_view(), name="stops"),
    path("stops/<int:pk>/lift/", stops.StopLift.as_view(), name="stop-lift"),

    path("audit-events/", audit_events.AuditEvents.as_view(), name="audit-events"),
]
# fmt: on
