"""Training runs in the admin: started, watched as they go, cancelled."""

from typing import Any, Self
from uuid import UUID

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.views.decorators.http import require_POST
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextInputWidget

import tasks.training
from recommender import models
from recommender.admin.base import StartAdmin, found_or_404
from recommender.admin.dashboard import under_way
from recommender.admin.version_pages import comparison_of
from recommender.exceptions import RecommenderError
from recommender.services import recipes, training

HEADLINES = {
    "queued": "Waiting for a worker",
    "running": "Under way",
    "succeeded": "Done",
    "failed": "Failed: no version was made",
    "cancelled": "Cancelled",
}
SELF = "admin:recommender_trainingrun"


class RunForm(forms.Form):
    """What to train, and on what."""

    address = f"{SELF}_add"

    pathway = forms.ModelChoiceField(
        models.Pathway.objects.all(), to_field_name="slug", empty_label=None
    )
    datasets = forms.MultipleChoiceField(required=False, widget=forms.CheckboxSelectMultiple)
    recipe = forms.ChoiceField(
        help_text="Several recommenders are stacked; each keeps the weight that it earns on cases "
        "it hasn't seen.",
        widget=UnfoldAdminSelectWidget,
    )
    seed = forms.IntegerField(
        required=False,
        min_value=0,
        max_value=training.MAX_SEED,
        help_text="Without one the recipe's own. Same data, recipe and seed: same version.",
        widget=UnfoldAdminTextInputWidget({"inputmode": "numeric"}),
    )

    def __init__(self, *args: Any, here: str, **named: Any) -> None:  # noqa: ANN401
        super().__init__(*args, **named)
        # Another pathway has other data sets and recipes; only those are asked for again.
        self.fields["pathway"].widget = UnfoldAdminSelectWidget(
            {
                "hx-get": reverse(self.address),
                "hx-target": "#datasets",
                "hx-select": "#datasets",
                "hx-select-oob": "#recipes",
                "hx-swap": "outerHTML",
            }
        )
        self.fields["pathway"].widget.choices = [
            (one.slug, one.title) for one in models.Pathway.objects.all()
        ]
        self.fields["recipe"].choices = [  # type: ignore[attr-defined]
            (name, f"{name}: {', '.join(one.recommenders)}")
            for name, one in recipes.of(here).items()
        ]
        published = models.DataSet.objects.filter(pathway__slug=here, status="published")
        self.fields["datasets"].choices = [  # type: ignore[attr-defined]
            (f"{one.name}@{one.version}", f"{one}, {one.case_count:,} cases")
            for one in published.order_by("name", "-version")
        ]

    @classmethod
    def asked(cls, request: HttpRequest) -> Self:
        """The form as it is asked for, or as it was filled in."""
        first = models.Pathway.objects.values_list("slug", flat=True).first() or ""
        here = request.POST.get("pathway") or request.GET.get("pathway") or first
        chosen = {"pathway": here, "datasets": request.GET.getlist("dataset")}
        return cls(request.POST or None, initial=chosen, here=here)


@admin.register(models.TrainingRun)
class TrainingRunAdmin(StartAdmin):
    """Training runs."""

    actions = ("compare", "cancel")
    list_display = (
        "id", "pathway", "recipe_name", "status", "stage", "percent_done", "requested_by",
        "created",
    )  # fmt: skip
    list_filter = ("status", "pathway")
    list_select_related = ("pathway",)
    ordering = ("-created",)

    def get_urls(self) -> list[URLPattern]:
        """Cancelling a run, and all that are under way."""
        name = "recommender_trainingrun"
        own = [
            path("<uuid:pk>/cancel/", self.guarded(_cancel), name=f"{name}_cancel"),
            path("under-way/", self.guarded(under_way), name=f"{name}_under_way"),
        ]
        return [*own, *super().get_urls()]

    def begin(self, request: HttpRequest) -> HttpResponse:
        """What to train, and on what."""
        form = RunForm.asked(request)
        if form.is_valid():
            try:
                run = _started(form.cleaned_data, by=request.user.get_username())
            except RecommenderError as error:
                form.add_error(None, str(error))
            else:
                return HttpResponseRedirect(reverse(f"{SELF}_change", args=[run.pk]))
        return self.page(request, "run_form", title="Start training", form=form)

    def shown(self, request: HttpRequest, pk: str) -> HttpResponse:
        """The run as it goes."""
        runs = models.TrainingRun.objects.select_related("pathway", "model_version__pathway")
        run = found_or_404(runs, pk)
        datasets = list(run.datasets.order_by("name", "version"))
        live = models.ModelVersion.objects.filter(pathway=run.pathway, status="live")
        return self.page(
            request,
            "run",
            title=f"Training of {run.pathway.title}",
            run=run,
            headline=HEADLINES[run.status],
            share=f"{run.share_done:.3f}",
            datasets=datasets,
            simulated=any(one.simulated for one in datasets),
            version=getattr(run, "model_version", None),
            live=live.first(),
        )

    @admin.display(description="done", ordering="share_done")
    def percent_done(self, run: models.TrainingRun) -> str:
        """How far the run is."""
        return f"{run.share_done:.0%}"

    @admin.action(description="Compare what they made, side by side")
    def compare(
        self, request: HttpRequest, chosen: QuerySet[models.TrainingRun]
    ) -> HttpResponseRedirect | None:
        """Show the versions that the chosen runs made on one page, the oldest first."""
        made = models.ModelVersion.objects.filter(training_run__in=chosen).order_by("created")
        keys = list(made.values_list("pk", flat=True))
        if not keys:
            self.message_user(request, "None of these runs made a version.", messages.ERROR)
            return None
        return HttpResponseRedirect(comparison_of(keys))

    @admin.action(description="Cancel")
    def cancel(self, request: HttpRequest, chosen: QuerySet[models.TrainingRun]) -> None:
        """Stop the runs that are waiting or training."""
        by = request.user.get_username()
        self.do_each(request, chosen, lambda row: training.cancel(run=row, by=by), done="cancelled")


def _started(given: dict[str, Any], *, by: str) -> models.TrainingRun:
    pathway = given["pathway"].slug
    return tasks.training.start(
        pathway=pathway,
        recipe=recipes.named(given["recipe"], pathway=pathway),
        datasets=tuple(given["datasets"]),
        seed=given["seed"],
        by=by,
    )


@require_POST
def _cancel(request: HttpRequest, pk: UUID) -> HttpResponse:
    run = get_object_or_404(models.TrainingRun, pk=pk)
    try:
        training.cancel(run=run, by=request.user.get_username())
    except RecommenderError as error:
        messages.error(request, str(error))
    return HttpResponseRedirect(reverse(f"{SELF}_change", args=[pk]))
