"""Whose a resource is, as far as it says so."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace

from recommender.formats.fhir.json import Json, objects, text

PATIENT = "Patient"
# Where a resource says whose it is.
WHOSE = ("subject", "patient", "individual")


def references_of(resource: Json) -> list[str]:
    """The references that say whose it is, without their version."""
    return [
        without_version(text(given.get("reference")))
        for name in WHOSE
        if isinstance(given := resource.get(name), dict)
    ]


def without_version(reference: str) -> str:
    """The reference to a resource, whichever version of it is meant."""
    return reference.partition("/_history/")[0]


@dataclass(frozen=True)
class Person:
    """The patient of a chart: their ids in lower case, as some write ids that are UUIDs.

    `servers` are the EHR's addresses, `addressed` the ids of the Patients in a Bundle by address.
    `by_other_id` says that nothing came under the id of the chart and all of it under one other.
    """

    ids: frozenset[str]
    servers: frozenset[str]
    addressed: Mapping[str, str]
    by_other_id: bool = False

    @classmethod
    def of(
        cls, number: str, *, servers: Iterable[str], patients: Iterable[tuple[str, Json]]
    ) -> "Person":
        """Who has this id, by the Patients that came, each with its address.

        A Patient that links to theirs is the same person once more.
        """
        found = list(patients)
        bare = cls(
            frozenset({number.lower()}),
            frozenset(each.rstrip("/") for each in servers),
            {address: text(each.get("id")) for address, each in found if address},
        )
        ids = bare.ids
        for _, patient in found:
            named = frozenset(bare._named_by(patient))
            if named & bare.ids:
                ids |= named
        return cls(ids, bare.servers, bare.addressed)

    def is_another(self, resource: Json) -> bool:
        """Whether it says that it is of another patient; what can't be told isn't.

        That is what names nobody, or somebody by an identifier, within itself or on a server that
        isn't the EHR's.
        """
        named = self._named_in(resource)
        return bool(named) and self.ids.isdisjoint(named)

    def as_named_by(self, resources: Iterable[Json]) -> "Person":
        """The one other patient whom all of these name, if none names this one; else unchanged."""
        named: set[str] = set()
        for resource in resources:
            named.update(self._named_in(resource))
            if len(named) > 1 or named & self.ids:
                return self
        return replace(self, ids=self.ids | named, by_other_id=True) if named else self

    def _named_in(self, resource: Json) -> list[str]:
        """The ids of patients that it says it is of, as far as that can be told."""
        if resource.get("resourceType") == PATIENT:
            number = text(resource.get("id")).lower()
            return [number] if number else []
        found = []
        for name in WHOSE:
            given = resource.get(name)
            if not isinstance(given, dict):
                continue
            reference = text(given.get("reference"))
            # Asked of every resource of a record, and most name nobody or one and the same.
            if PATIENT in reference or reference in self.addressed:
                found.append(self._id_in(without_version(reference)))
        return list(filter(None, found))

    def _named_by(self, patient: Json) -> Iterator[str]:
        yield text(patient.get("id")).lower()
        for link in objects(patient.get("link")):
            other = link.get("other")
            if isinstance(other, dict):
                yield self._id_in(without_version(text(other.get("reference"))))

    def _id_in(self, reference: str) -> str:
        """The id of the Patient that a reference names, where that can be told."""
        if reference in self.addressed:
            return self.addressed[reference].lower()
        place, _, number = reference.rpartition("/")
        server, _, kind = place.rpartition("/")
        is_elsewhere = server and self.servers and server not in self.servers
        return number.lower() if kind == PATIENT and not is_elsewhere else ""
