"""What opening the queue costs with 100,000 lists, beside reading one list by its key.

Most lists were decided, some wait, some are watched; a rare pathway is asked for, too, since there
a plan that reads until a page is full would read everything.
"""

import statistics
import sys
import time
from collections.abc import Callable

from benchmarks.own_services import own_services

LISTS = 100_000
ROUNDS = 25
CEILING = 40.0
BARE = "one list by its key"
FILL = """
INSERT INTO recommender_suggestionlist (
    id, pathway_id, model_version_id, safety_rules_version, status, "case", answer, requested_by,
    created, stage, due_on, subject
)
SELECT gen_random_uuid(), CASE WHEN n %% 1000 = 0 THEN %(rare)s ELSE %(common)s END, %(version)s,
    'benchmark', CASE WHEN n %% 20 = 0 THEN 'urgent' ELSE 'suggested' END, '{}',
    jsonb_build_object(
        'acknowledged', CASE WHEN n %% 40 = 0 THEN '[]'::jsonb ELSE '[{"code": "x"}]'::jsonb END,
        'red_flags', '[]'::jsonb, 'filler', repeat('x', 4000)
    ),
    'benchmark', now() - n * interval '20 seconds',
    CASE WHEN n %% 50 = 0 THEN 'waiting' WHEN n %% 51 = 0 THEN 'watching' ELSE 'decided' END,
    CASE WHEN n %% 50 > 0 AND n %% 51 = 0 THEN current_date + (n %% 60)::int - 30 END, ''
FROM generate_series(1, %(lists)s) AS n
"""
DECIDE = """
INSERT INTO recommender_review (
    id, suggestion_list_id, outcome, therapy, reason_code, comment, against_floor, reviewed_by,
    created, second_person
)
SELECT gen_random_uuid(), id, 'accepted', 'sertraline', '', '', false, 'benchmark',
    created + interval '1 hour', ''
FROM recommender_suggestionlist WHERE stage = 'decided'
"""


def main() -> int:
    """Open every part of the queue in turn; 0 when the slowest stays below the ceiling."""
    with own_services():
        return _measured()


def _measured() -> int:
    from django.db import connection  # noqa: PLC0415 - after django.setup()

    from recommender import models  # noqa: PLC0415
    from recommender.services import review_queue  # noqa: PLC0415
    from recommender.services.review_queue import Shelf, Wanted  # noqa: PLC0415

    common, rare = (
        models.Pathway.objects.create(slug=slug, title=slug) for slug in ("common", "rare")
    )
    run = models.TrainingRun.objects.create(
        pathway=common,
        recipe_name="none",
        recipe={},
        seed=1,
        requested_by="benchmark",
        status=models.TrainingRun.Status.SUCCEEDED,
    )
    version = models.ModelVersion.objects.create(
        pathway=common, number=1, training_run=run, artifact="none", artifact_sha256="0" * 64
    )
    with connection.cursor() as cursor:
        cursor.execute(
            FILL, {"common": common.pk, "rare": rare.pk, "version": version.pk, "lists": LISTS}
        )
        cursor.execute(DECIDE)
        cursor.execute("ANALYZE")
    known = models.SuggestionList.objects.values_list("pk", flat=True).first()

    def open_queue(wanted: Wanted) -> None:
        review_queue.page_of(wanted)
        review_queue.counts(wanted)
        review_queue.open_alerts(pathway=wanted.pathway)
        review_queue.recent_decisions(pathway=wanted.pathway)

    asked = {
        "all pathways": Wanted(),
        "oldest first": Wanted(oldest_first=True),
        "urgent": Wanted(urgent=True),
        "rare pathway": Wanted(pathway=rare),
        "rare and urgent": Wanted(pathway=rare, urgent=True),
        "due": Wanted(shelf=Shelf.DUE),
    }
    work: dict[str, Callable[[], object]] = {
        name: lambda w=wanted: open_queue(w) for name, wanted in asked.items()
    }
    one = models.SuggestionList.objects.defer("answer")
    taken = _milliseconds({BARE: lambda: one.get(pk=known), **work})
    bare = taken.pop(BARE)
    for name, cost in taken.items():
        print(f"{name:<16} {cost:6.1f} ms, {cost / bare:5.1f} times one list by its key")
    worst = max(taken.values()) / bare
    print(f"{LISTS:,} lists; at most {worst:.1f} times one list by its key (ceiling {CEILING:g})")
    print("PASS" if worst < CEILING else "FAIL")
    return 0 if worst < CEILING else 1


def _milliseconds(work: dict[str, Callable[[], object]]) -> dict[str, float]:
    """The median of each, measured in alternating rounds: a busy machine slows all of them."""
    taken: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, do in work.items():
            begun = time.perf_counter()
            do()
            taken[name].append((time.perf_counter() - begun) * 1000)
    return {name: statistics.median(each) for name, each in taken.items()}


if __name__ == "__main__":
    sys.exit(main())
