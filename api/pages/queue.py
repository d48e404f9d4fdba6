"""Where people land, and the lists that wait for a clinician."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from api.pages.guard import page
from recommender import models
from recommender.services import access, pathways, review_queue, stops
from recommender.services.access import Role


@page("pages:home")
def home(request: HttpRequest) -> HttpResponse:
    """Send everybody to their own desk."""
    roles = access.roles_of(request.user)
    if Role.CLINICIAN in roles:
        return redirect("pages:queue")
    return redirect("admin:index" if request.user.is_staff else "docs")


@page("pages:queue")
def queue(request: HttpRequest) -> HttpResponse:
    """Lists that wait on one pathway, and what was decided there lately."""
    known = list(models.Pathway.objects.all())
    slug = request.GET.get("pathway", "") or (known[0].slug if known else "")
    if not slug:
        return render(request, "pages/queue.html", {"pathways": known})
    pathway = pathways.named(slug)
    urgent = request.GET.get("urgent") == "yes"
    waiting = review_queue.waiting(
        pathway=pathway, before=request.GET.get("before", ""), urgent=urgent
    )
    shown = {
        "pathways": known,
        "pathway": pathway,
        "urgent": urgent,
        "waiting": waiting,
        "stops": stops.active(pathway=pathway),
        "decisions": review_queue.recent_decisions(pathway=pathway),
    }
    return render(request, "pages/queue.html", shown)
