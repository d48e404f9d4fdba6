"""What safety does to the lists that are given: how many lose a therapy to it, and to which rule.

Counted over the newest lists of each pathway only, so that it costs the same with a hundred lists
as with a million.
"""

from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection

NEWEST = 500
RULES_SHOWN = 8

_LISTS = """
FROM recommender_pathway pathway CROSS JOIN LATERAL (
    SELECT given.created, given.answer FROM recommender_suggestionlist given
    WHERE given.pathway_id = pathway.id AND given.created >= %s
    ORDER BY given.created DESC LIMIT %s
) list
"""
_BY_WEEK = f"""
SELECT date_trunc('week', list.created AT TIME ZONE 'UTC')::date, count(*),
    count(*) FILTER (WHERE list.answer -> 'withheld' <> '[]')
{_LISTS} GROUP BY 1
"""
_BY_RULE = f"""
SELECT rule #>> '{{}}', min(reason), count(*) FROM (
    SELECT DISTINCT list.answer ->> 'id', fired -> 'rule' AS rule, fired ->> 'reason' AS reason
    {_LISTS} CROSS JOIN LATERAL jsonb_path_query(
        list.answer, '$.withheld[*] ? (exists (@.rule))'
    ) fired
) once GROUP BY 1 ORDER BY 3 DESC, 1 LIMIT %s
"""  # noqa: S608 - nothing of a request is in it  # nosec B608


@dataclass(frozen=True, slots=True)
class FiredRule:
    """A rule or red flag, and on how many lists it withheld a therapy."""

    code: str
    reason: str
    lists: int


@dataclass(frozen=True, slots=True)
class ListFigures:
    """Lists by the Monday of their week, those that lost a therapy, and the rules that did it."""

    lists: dict[date, int]
    withheld: dict[date, int]
    rules: tuple[FiredRule, ...]

    @property
    def counted(self) -> int:
        """How many lists were looked at."""
        return sum(self.lists.values())

    @property
    def share_withheld(self) -> float | None:
        """The share of lists that lost a therapy to a rule or a red flag."""
        return sum(self.withheld.values()) / self.counted if self.counted else None


def list_figures(*, since: datetime) -> ListFigures:
    """The figures of the lists given since then."""
    with connection.cursor() as cursor:
        cursor.execute(_BY_WEEK, [since, NEWEST])
        weeks = cursor.fetchall()
        cursor.execute(_BY_RULE, [since, NEWEST, RULES_SHOWN])
        rules = cursor.fetchall()
    return ListFigures(
        lists={week: lists for week, lists, _ in weeks},
        withheld={week: withheld for week, _, withheld in weeks},
        rules=tuple(FiredRule(*row) for row in rules),
    )
