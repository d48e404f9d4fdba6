"""FHIR R4 as EHRs really send it: plain JSON, read tolerantly, without who the person is."""

from recommender.formats.fhir.codes import CodeMap, read_answers, read_codes
from recommender.formats.fhir.reading import FhirReading, case_from, is_any_unread, ordered_in

__all__ = [
    "CodeMap",
    "FhirReading",
    "case_from",
    "is_any_unread",
    "ordered_in",
    "read_answers",
    "read_codes",
]
