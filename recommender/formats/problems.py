"""What's wrong with somebody's files: collected, counted, and said without a value from a case."""

from collections import Counter
from collections.abc import Iterable, Mapping

from recommender.clinical.names import Missed
from recommender.clinical.privacy import identifier_in
from recommender.exceptions import Problem, RefusedImport

SHOWN = 20
KEPT_OF_A_KIND = 20
MAX_NAME = 64


class Problems:
    """Every problem of an import; the first of each kind are kept, all are counted."""

    def __init__(self) -> None:
        self._kept: list[tuple[int, int, Problem]] = []
        self._kinds: Counter[tuple[str, str | None, str]] = Counter()
        self.counts: Counter[str] = Counter()

    def __bool__(self) -> bool:
        return bool(self.counts)

    def add(self, file: str, row: int | None, field: str | None, code: str, message: str) -> None:
        """Add one problem."""
        self.add_rows(file, (row,), field, code, message, count=1)

    def add_rows(
        self,
        file: str,
        rows: Iterable[int | None],
        field: str | None,
        code: str,
        message: str,
        *,
        count: int,
    ) -> None:
        """Add the same problem of `count` rows, of which the first are named."""
        kind = (file, field, code)
        for row in rows:
            if self._kinds[kind] < KEPT_OF_A_KIND:
                problem = Problem(file, row, field, code, message)
                self._kept.append((self._kinds[kind], len(self._kept), problem))
            self._kinds[kind] += 1
        self.counts[code] += count

    def refuse_if_any(self, *, missed: Mapping[Missed, int] | None = None) -> None:
        """Raise what was found; one of each kind comes first, so that none is hidden."""
        if self:
            shown = sorted(self._kept, key=lambda kept: kept[:2])[:SHOWN]
            raise RefusedImport(tuple(problem for _, _, problem in shown), self.counts, missed)


def shown(name: str, otherwise: str) -> str:
    """A name from a file as it may be shown; `otherwise` where it could hold case data."""
    is_plain = name.isprintable() and 0 < len(name) <= MAX_NAME
    return name if is_plain and identifier_in(name) is None else otherwise
