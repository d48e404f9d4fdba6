"""The patient's record of a call: what came, what could be read, and what is somebody else's."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from api.cds_hooks.catalogue import PREFETCH, REQUIRED
from api.cds_hooks.requests import FHIR_ID, Call
from recommender import models
from recommender.clinical.record_gaps import Gaps
from recommender.formats.fhir.json import text
from recommender.formats.fhir.ownership import PATIENT, Person
from recommender.formats.fhir.resources import medicine_of, medicines_in
from recommender.services.fhir_server import entries, fetch, is_cut, may_be_asked

Json = Mapping[str, Any]

# What refers to medicines, by the key of the prefetch that asks for it.
REFERRING = {"MedicationRequest": "medications", "MedicationStatement": "statements"}
MOST_MEDICINES = 100


class MissingData(Exception):
    """Data that the service can't do without was neither sent nor can be fetched."""

    issue = "required"
    remedy = (
        "Prefetch the patient's conditions or observations as the discovery describes them, "
        "or let them be read from a FHIR server that is registered for you."
    )


class AnotherPatient(MissingData):
    """What came as the patient is somebody else, so whose the rest is can't be told either."""

    issue = "invalid"
    remedy = (
        "prefetch.patient: This is another patient than context.patientId. Prefetch the patient "
        "whose chart is open."
    )


@dataclass(frozen=True)
class Record:
    """What there is of the patient, and what there isn't, by the keys of the prefetch.

    `unknown` neither came nor could be read, `failed` the client's own query, `cut` isn't all;
    `others` counts what was left out because it is another patient's; `by_other_id` says that all
    of it is of one patient, whom it names by another id than the call.
    """

    resources: tuple[Json, ...]
    unknown: tuple[str, ...]
    failed: tuple[str, ...]
    cut: tuple[str, ...]
    others: int = 0
    by_other_id: bool = False

    @property
    def gaps(self) -> Gaps:
        """What an answer has to do without."""
        without = tuple(name for name in PREFETCH if name in (*self.unknown, *self.failed))
        return Gaps(without, self.cut, self.others, self.by_other_id)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one query brought: the patient's own, and how much is another patient's."""

    own: tuple[Json, ...]
    others: int

    @classmethod
    def of(cls, resources: Iterable[Json], person: Person) -> "_Part":
        every = tuple(resources)
        own = tuple(each for each in every if not person.is_another(each))
        return cls(own, len(every) - len(own))

    @property
    def is_anothers(self) -> bool:
        """Whether it brought nothing but another patient's."""
        return self.others > 0 and not self.own


def person_of(call: Call, *, client: models.CdsClient) -> Person:
    """Whose chart is open, by the call's id and the Patients that came."""
    return Person.of(
        call.patient,
        servers=(*client.fhir_servers, *([call.server] if call.server else [])),
        patients=_patients(call.prefetch),
    )


def by_what_came(person: Person, call: Call, *, client: models.CdsClient) -> Person:
    """Whose chart it must be where something that came names another.

    Sandboxes and some EHRs make up the id of the chart. Where all that came is of one patient it is
    taken as theirs, and said; not where more is read from a server, which goes by that id.
    """
    if call.access is not None and may_be_asked(call.access, client=client):
        return person
    return person.as_named_by(chain(record_resources(call.prefetch), call.drafts))


def record_of(call: Call, *, client: models.CdsClient) -> Record:
    """The patient's record: what came, and what the EHR lets be read."""
    person = person_of(call, client=client)
    sent = _sent(call, person)
    if any(each.others for each in sent.values()):
        person = by_what_came(person, call, client=client)
        sent = _sent(call, person)
    if "patient" in sent and sent["patient"].is_anothers:
        raise AnotherPatient
    absent = {
        name: query.replace("{{context.patientId}}", call.patient)
        for name, query in PREFETCH.items()
        if name not in call.prefetch
    }
    begun = {
        name: value
        for name, value in call.prefetch.items()
        if isinstance(value, dict) and is_cut(value)
    }
    found = {} if call.access is None else fetch(call.access, absent, client=client, begun=begun)
    read = {name: _Part.of(each.resources, person) for name, each in found.items()}
    # A query that brought nothing but another patient's has failed without knowing it.
    came = {
        name
        for name, value in call.prefetch.items()
        if _is_data(value) and not sent[name].is_anothers
    }
    found = {name: each for name, each in found.items() if not read[name].is_anothers}
    if not any(key in came or key in found for key in REQUIRED):
        raise MissingData
    parts = (*sent.values(), *read.values())
    own = tuple(chain.from_iterable(each.own for each in parts))
    resources, unnamed = _with_medicines(own, call, client)
    return Record(
        resources=resources,
        unknown=tuple(name for name in absent if name not in found),
        failed=tuple(name for name in PREFETCH if name in call.prefetch and name not in came),
        cut=tuple(
            name
            for name in PREFETCH
            if name in unnamed
            or (name in begun and name not in found)
            or (name in found and not found[name].is_whole)
        ),
        others=sum(each.others for each in parts),
        by_other_id=person.by_other_id,
    )


def _sent(call: Call, person: Person) -> dict[str, _Part]:
    return {name: _Part.of(_resources(value), person) for name, value in call.prefetch.items()}


def _with_medicines(
    resources: tuple[Json, ...], call: Call, client: models.CdsClient
) -> tuple[tuple[Json, ...], Collection[str]]:
    """With the medicines that are only referred to, and the keys under which one is missing."""
    unnamed = _unnamed(resources)
    ids = sorted(filter(FHIR_ID.fullmatch, set().union(*unnamed.values())))[:MOST_MEDICINES]
    if not ids or call.access is None:
        return resources, unnamed
    query = {"medicines": f"Medication?_id={','.join(ids)}&_count={MOST_MEDICINES}"}
    for each in fetch(call.access, query, client=client).values():
        resources += each.resources
    return resources, _unnamed(resources)


def record_resources(prefetch: Json) -> Iterator[Json]:
    """The resources that came, whichever key they stand under."""
    for value in prefetch.values():
        yield from _resources(value)


def _resources(value: object) -> Iterator[Json]:
    if not isinstance(value, dict):
        return
    if value.get("resourceType") == "Bundle":
        yield from entries(value)
    else:
        yield value


def _patients(prefetch: Json) -> Iterator[tuple[str, Json]]:
    """The Patients that came, each with its address in its Bundle."""
    for value in prefetch.values():
        if not isinstance(value, dict):
            continue
        if value.get("resourceType") == PATIENT:
            yield "", value
        listed = value.get("entry")
        for entry in listed if isinstance(listed, list) else (listed,):
            if not isinstance(entry, dict):
                continue
            resource = entry.get("resource")
            if isinstance(resource, dict) and resource.get("resourceType") == PATIENT:
                yield text(entry.get("fullUrl")), resource


def _unnamed(resources: Sequence[Json]) -> dict[str, set[str]]:
    """Ids of medicines that are referred to and aren't there, by the key they are missed under.

    Templates can't ask for them: what a search includes isn't among the recommended queries.
    """
    found: dict[str, set[str]] = {}
    referring = [each for each in resources if "medicationReference" in each]
    known = medicines_in(resources) if referring else {}
    for each in referring:
        key = REFERRING.get(text(each.get("resourceType")))
        if key is not None and medicine_of(each, known) is None:
            given = each["medicationReference"]
            reference = text(given.get("reference")) if isinstance(given, dict) else ""
            number = reference.partition("/_history/")[0].rpartition("/")[2]
            found.setdefault(key, set()).add(number)
    return found


def _is_data(value: object) -> bool:
    """Whether it answers a query; null and an empty Bundle say that there is nothing."""
    return value is None or (
        isinstance(value, dict) and value.get("resourceType") != "OperationOutcome"
    )
