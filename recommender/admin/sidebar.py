"""The way around the desk: records grouped by the work they're for, those that one may see."""

from dataclasses import dataclass
from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.urls import reverse

from recommender.admin.base import roles_in
from recommender.services.access import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in the sidebar: its name there, and its picture."""

    record: str
    title: str
    icon: str


GROUPS: tuple[tuple[str, tuple[Entry, ...]], ...] = (
    (
        "Data",
        (
            Entry("DataSetUpload", "Uploads", "upload_file"),
            Entry("DataSet", "Data sets", "database"),
            Entry("TableMapping", "Table mappings", "table_convert"),
            Entry("EvidenceArm", "Published studies", "menu_book"),
            Entry("CaseRecord", "Cases", "group"),
        ),
    ),
    (
        "Versions",
        (
            Entry("Pathway", "Pathways", "route"),
            Entry("ParameterSearch", "Parameter searches", "tune"),
            Entry("RecipeRecord", "Recipes", "receipt_long"),
            Entry("TrainingRun", "Training runs", "model_training"),
            Entry("ModelVersion", "Model versions", "deployed_code"),
        ),
    ),
    (
        "Care",
        (
            Entry("SuggestionStop", "Stop switch", "front_hand"),
            Entry("SafetyNotice", "Safety notices", "campaign"),
            Entry("SuggestionList", "Suggestion lists", "format_list_numbered"),
            Entry("Review", "Reviews", "rate_review"),
            Entry("OwnPlan", "Own plans", "edit_note"),
            Entry("AlertAcknowledgement", "Alerts taken up", "notifications"),
        ),
    ),
    (
        "Catalogue",
        (
            Entry("CatalogueVersion", "Drafts and releases", "history_edu"),
            Entry("TherapyRecord", "Therapies", "medication"),
            Entry("ConceptRecord", "Vocabulary", "dictionary"),
            Entry("SafetyRuleRecord", "Safety rules", "shield"),
            Entry("UnmappedCode", "Unmapped codes", "help"),
        ),
    ),
    (
        "Access",
        (
            Entry("User", "People", "person"),
            Entry("Group", "Roles", "badge"),
            Entry("ApiToken", "API clients", "key"),
            Entry("CdsClient", "EHRs (CDS clients)", "local_hospital"),
        ),
    ),
    (
        "Audit",
        (
            Entry("AuditEvent", "Audit events", "manage_search"),
            Entry("ChainCheck", "Chain checks", "link"),
        ),
    ),
)
NAMED = {entry.record for _, entries in GROUPS for entry in entries}


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The groups; a record that none names stands under More."""
    there = {
        model["object_name"]: model
        for app in admin.site.get_app_list(request)
        for model in app["models"]
        if model["admin_url"]
    }
    groups = [_group("", _first(request))]
    groups += [
        _group(
            title,
            [
                _item(entry.title, entry.icon, there[entry.record]["admin_url"])
                for entry in entries
                if entry.record in there
            ],
        )
        for title, entries in GROUPS
    ]
    rest = [
        _item(str(model["name"]), "folder", model["admin_url"])
        for name, model in there.items()
        if name not in NAMED
    ]
    return [group for group in [*groups, _group("More", rest)] if group["items"]]


def _first(request: HttpRequest) -> list[dict[str, Any]]:
    home = reverse("admin:index")
    overview = _item("Overview", "dashboard", home) | {"active": request.path == home}
    if Role.DATASET_ADMIN not in roles_in(request):
        return [overview]
    return [overview, _item("Try a version", "science", reverse("pages:trial"))]


def _group(title: str, items: list[dict[str, Any]]) -> dict[str, Any]:
    return {"title": title, "separator": bool(title), "items": items}


def _item(title: str, icon: str, link: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": link}
