"""Where people land, and the lists that wait for a clinician."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme

from api.pages.guard import page
from recommender import models
from recommender.services import access, alerts, pathways, review_queue, stops, wording
from recommender.services.access import Role
from recommender.services.review_queue import AGES, COUNTED_TO, Shelf, Wanted

SHELVES = {
    Shelf.WAITING: "Waiting for review",
    Shelf.DUE: "Due again",
    Shelf.SECOND: "Second person",
    Shelf.WATCHING: "Watched",
}
_EMPTY = {
    Shelf.WAITING: "Nothing waits here.",
    Shelf.DUE: "No list is due to be looked at again.",
    Shelf.SECOND: "No decision waits for a second person.",
    Shelf.WATCHING: "No list is being watched.",
}
_AGE_WORDS = {"day": "over a day", "week": "over a week"}
_FILTERS = ("pathway", "shelf", "urgent", "age", "order")


@dataclass(frozen=True, slots=True)
class Tab:
    """One shelf of the queue with its address and how much is on it."""

    words: str
    address: str
    count: str
    is_open: bool


@page("pages:home")
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to their own desk."""
    roles = access.roles_of(request.user)
    if Role.CLINICIAN in roles:
        return redirect("pages:queue")
    return redirect("admin:index" if request.user.is_staff else "docs")


@page("pages:queue")
def queue(request: HttpRequest) -> HttpResponse:
    """Lists that wait, alerts that are open, and what was decided lately."""
    known = list(models.Pathway.objects.all())
    if not known:
        return render(request, "pages/queue.html", {"pathways": known})
    wanted = _wanted(request.GET)
    waiting = review_queue.page_of(wanted, after=request.GET.get("after", ""))
    decisions = review_queue.recent_decisions(pathway=wanted.pathway)
    shown = {
        "pathways": known,
        "wanted": wanted,
        "tabs": _tabs(wanted, request.GET),
        "waiting": waiting,
        "rows": [(each, _last_review(each)) for each in waiting.lists],
        "empty": _EMPTY[wanted.shelf],
        "next": _address(request.GET, after=waiting.next_after) if waiting.next_after else "",
        "here": request.get_full_path(),
        "ages": _AGE_WORDS,
        "alerts": review_queue.open_alerts(pathway=wanted.pathway),
        "stops": stops.active(pathway=wanted.pathway),
        "decisions": _named(decisions),
    }
    return render(request, "pages/queue.html", shown)


@page("pages:take-up")
def take_up(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Note that the clinician acts on the red flags of a list, and go back to the queue."""
    alerts.acknowledge(list_id=pk, by=request.user.get_username())
    back = request.POST.get("back", "")
    if not url_has_allowed_host_and_scheme(back, allowed_hosts=None):
        back = reverse("pages:queue")
    return redirect(back)


def _last_review(found: models.SuggestionList) -> models.Review | None:
    made = list(found.reviews.all())
    return made[-1] if made else None


def _wanted(query: QueryDict) -> Wanted:
    slug, shelf, age = (query.get(name, "") for name in ("pathway", "shelf", "age"))
    return Wanted(
        shelf=Shelf(shelf) if shelf in set(Shelf) else Shelf.WAITING,
        pathway=pathways.named(slug) if slug else None,
        urgent=query.get("urgent") == "yes",
        older_than=age if age in AGES else "",
        oldest_first=query.get("order") == "oldest",
    )


def _tabs(wanted: Wanted, query: QueryDict) -> list[Tab]:
    counted = review_queue.counts(wanted)
    return [
        Tab(words, _address(query, shelf=shelf), _told(counted[shelf]), shelf is wanted.shelf)
        for shelf, words in SHELVES.items()
    ]


def _told(count: int) -> str:
    return f"{COUNTED_TO - 1}+" if count >= COUNTED_TO else str(count)


def _address(query: QueryDict, **changed: str) -> str:
    """The same queue with this changed; filters stand in the address, so that they last."""
    kept = QueryDict(mutable=True)
    for name in _FILTERS:
        if query.get(name):
            kept[name] = query.get(name, "")
    kept.update(changed)
    return f"?{kept.urlencode()}"


def _named(decisions: tuple[models.Review, ...]) -> list[tuple[models.Review, Any]]:
    """Each decision with what the shipped catalogue calls its therapy."""
    names = wording.therapy_names({each.therapy for each in decisions})
    return [(each, names.get(each.therapy, each.therapy)) for each in decisions]
