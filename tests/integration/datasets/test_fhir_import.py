"""Data sets from FHIR: patients over time, nothing that says who they are, one fault never all."""

import json
import tracemalloc
import zipfile
from datetime import date

import pytest
from django.conf import settings
from django.core.management import call_command

from recommender import models
from recommender.clinical.coding import RESPONSE_WORDS
from recommender.exceptions import RefusedImport
from recommender.formats.fhir.codes import LOINC
from recommender.services import catalogue, dataset_files, fhir_codes

pytestmark = pytest.mark.django_db
SNOMED = "http://snomed.info/sct"
RXNORM = "http://www.nlm.nih.gov/research/umls/rxnorm"
PHQ9 = "44261-6"
RESPONDED, NONE, WORSE = (RESPONSE_WORDS[word] for word in ("response", "none", "worse"))


@pytest.fixture(autouse=True)
def loaded():
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    fhir_codes.forget()


def concept(system, code):
    return {"coding": [{"system": system, "code": code, "display": "MARKED"}], "text": "MARKED"}


def of(patient, **resource):
    return {"subject": {"reference": patient, "display": "MARKED"}, **resource}


def patient(number, *, born="1990-05-05"):
    return {
        "resourceType": "Patient",
        "id": number,
        "gender": "female",
        "birthDate": born,
        "name": [{"family": "MARKED"}],
    }


def score(whose, day, total):
    return of(
        whose,
        resourceType="Observation",
        status="final",
        code=concept(LOINC, PHQ9),
        effectiveDateTime=f"{day}T09:00:00Z",
        valueString=str(total),
    )


def condition(whose, code="193462001", day="2020-01-02"):
    recorded = {"recordedDate": day} if day else {}
    return of(whose, resourceType="Condition", code=concept(SNOMED, code), **recorded)


def sertraline(whose, began, **more):
    named = more or {"medicationCodeableConcept": concept(RXNORM, "312940")}
    return of(
        whose,
        resourceType="MedicationRequest",
        status="active",
        intent="order",
        authoredOn=began,
        **named,
    )


def bundle(*resources, addresses=()):
    entries = [{"resource": resource} for resource in resources]
    for entry, address in zip(entries, addresses, strict=False):
        entry["fullUrl"] = address
    return {"resourceType": "Bundle", "type": "transaction", "entry": entries}


def read(path, **more):
    return dataset_files.read(path=path, pathway="depression", **more)


def attempts(content):
    codes = [therapy.code for therapy in content.therapies]
    return [
        (codes[row["therapy"]], row["response"], row["score_before"], row["score_after"])
        for row in content.responses.iter_rows(named=True)
    ]


def findings(content):
    return {content.concepts[row["concept"]].code for row in content.findings.to_dicts()}


@pytest.fixture
def write(tmp_path):
    def to(name, document):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = document if isinstance(document, list) else [document]
        path.write_text(
            "\n".join(one if isinstance(one, str) else json.dumps(one) for one in lines)
        )
        return path

    return to


@pytest.mark.parametrize(
    ("after", "response"), [(8, RESPONDED), (10, RESPONDED), (15, 0.25), (18, NONE), (24, WORSE)]
)
def test_the_change_of_a_scale_over_a_therapy_is_its_response(write, after, response):
    path = write(
        "one.json",
        bundle(
            patient("p"),
            sertraline("Patient/p", "2020-03-01"),
            score("Patient/p", "2020-02-20", 20),
            score("Patient/p", "2020-05-20", after),
        ),
    )

    ((therapy, found, before, later),) = attempts(read(path))

    assert (therapy, before, later) == ("sertraline", 20, after)
    assert (found >= 0.5) == (after <= 10)
    assert found == response


@pytest.mark.parametrize(
    "scores",
    [
        [("2020-05-20", 8)],
        [("2020-02-20", 20)],
        [("2019-02-20", 20), ("2020-05-20", 8)],
        [("2020-02-20", 20), ("2020-03-10", 8)],
        [("2020-02-20", 20), ("2021-05-20", 8)],
    ],
    ids=["none before", "none after", "too long before", "too early", "too late"],
)
def test_without_a_score_before_and_one_in_the_window_the_response_is_unknown(write, scores):
    given = [score("Patient/p", day, total) for day, total in scores]
    path = write("one.json", bundle(patient("p"), sertraline("Patient/p", "2020-03-01"), *given))

    ((_, response, _, _),) = attempts(read(path))

    assert response is None


def test_how_a_therapy_ended_is_read_from_its_status_and_reason(write):
    reasons = "http://terminology.hl7.org/CodeSystem/medicationrequest-status-reason"
    stopped = {
        **sertraline("Patient/p", "2020-03-01"),
        "status": "stopped",
        "statusReason": concept(reasons, "sintol"),
    }
    path = write("one.json", bundle(patient("p"), stopped))

    assert read(path).responses["stopped"].to_list() == ["side-effects"]


def test_what_was_found_after_the_therapy_began_does_not_explain_it(write):
    path = write(
        "one.json",
        bundle(
            patient("p"),
            condition("Patient/p", "193462001", "2020-01-01"),
            sertraline("Patient/p", "2020-03-01"),
            condition("Patient/p", "422650009", "2020-09-01"),
            {**condition("Patient/p", "706893006", None), "onsetDateTime": "2020-09-01"},
        ),
    )

    found = findings(read(path))

    assert "insomnia" in found
    assert not {"social_isolation", "intimate_partner_violence"} & found


def test_the_age_is_that_at_the_first_therapy_and_only_the_year_of_it_is_kept(write):
    path = write(
        "one.json", bundle(patient("p", born="1990-05-05"), sertraline("Patient/p", "2008-06-01"))
    )

    content = read(path)

    assert "age_18_24" in findings(content)
    assert content.cases["year"].to_list() == [2008]


def test_references_by_uuid_and_to_medicines_resolve_also_ahead(write):
    address = "urn:uuid:11111111-2222-3333-4444-555555555555"
    medicine = {"resourceType": "Medication", "id": "m", "code": concept(RXNORM, "312940")}
    order = sertraline(address, "2020-03-01", medicationReference={"reference": "Medication/m"})
    path = write("one.json", bundle(order, patient("p"), medicine, addresses=["", address, ""]))

    content = read(path)

    assert content.cases.height == 1
    assert [one[0] for one in attempts(content)] == ["sertraline"]
    assert "sex_female" in findings(content)


def test_references_to_a_version_or_by_a_whole_address_resolve(write):
    path = write(
        "all.ndjson",
        [
            patient("p"),
            condition("Patient/p/_history/2"),
            sertraline("https://ehr.example/fhir/Patient/p/_history/1", "2020-03-01"),
        ],
    )

    content = read(path)

    assert content.cases.height == 1
    assert [one[0] for one in attempts(content)] == ["sertraline"]


def test_bundles_on_lines_and_in_bundles_are_gone_through(write):
    lines = write(
        "lines.ndjson", [bundle(patient(one), condition(f"Patient/{one}")) for one in "pq"]
    )
    nested = write(
        "nested.json", bundle(*(json.loads(line) for line in lines.read_text().splitlines()))
    )

    for path in (lines, nested):
        content = read(path)

        assert content.cases.height == 2
        assert {"insomnia", "sex_female"} <= findings(content)


def test_a_mark_before_the_first_line_is_no_fault(write):
    path = write("all.ndjson", ["\ufeff" + json.dumps(patient("p")), condition("Patient/p")])

    content = read(path)

    assert content.notes == ()
    assert "sex_female" in findings(content)


def test_bulk_data_of_several_files_meets_and_a_bad_line_is_reported_and_skipped(write, tmp_path):
    write("bulk/Condition.ndjson", [condition("Patient/p"), "{broken", condition("Patient/q")])
    write("bulk/Patient.ndjson", [patient("p"), patient("q")])
    write("bulk/Other.ndjson", [{"id": "x"}, condition("Group/7")])

    content = read(tmp_path / "bulk", format="fhir")

    assert content.cases.height == 2
    assert "insomnia" in findings(content)
    notes = " ".join(content.notes)
    assert "can't be read; the first is Condition.ndjson, line 2" in notes
    assert "has no resourceType" in notes
    assert "doesn't say whose it is" in notes


def test_a_resource_that_is_not_valid_r4_is_told_by_place_and_element_and_the_others_are_taken(
    write,
):
    no_code = of("Patient/p", resourceType="Observation", status="final", valueString="MARKED")
    wrong_day = condition("Patient/p", "422650009", "MARKED")
    odd_name = {**patient("q"), "MARKED name": 1}
    no_type = {"resourceType": "Foo"}
    resources = (patient("p"), no_code, wrong_day, condition("Patient/p"), odd_name, no_type)
    path = write("one.json", bundle(*resources))

    content = read(path)

    notes = "\n".join(content.notes)
    assert findings(content) >= {"insomnia", "sex_female"}
    assert "social_isolation" not in findings(content)
    assert "3 resources were passed over: each isn't valid FHIR R4" in notes
    assert "entry 2 (Observation): code: is missing." in notes
    assert "entry 3 (Condition): recordedDate: has a value that R4 does not allow." in notes
    assert "entry 5 (Patient): (another name): isn't an element of R4." in notes
    assert "is of no type that R4 has; the first is file 1, entry 6" in notes
    assert "MARKED" not in notes


def test_a_score_is_read_in_each_of_the_ways_that_it_is_written(write):
    for value in (
        {"valueInteger": 20},
        {"valueQuantity": {"value": 20, "unit": "{score}"}},
        {"valueDecimal": 20.0},
        {"valueString": "20"},
    ):
        before = score("Patient/p", "2020-02-20", 0)
        del before["valueString"]
        path = write(
            "one.json",
            bundle(
                patient("p"),
                sertraline("Patient/p", "2020-03-01"),
                {**before, **value},
                score("Patient/p", "2020-05-20", 8),
            ),
        )

        ((_, response, first, _),) = attempts(read(path))

        assert (first, response) == (20, RESPONDED), value


def test_a_bundle_that_breaks_off_gives_what_stands_before_the_break(write):
    whole = json.dumps(bundle(patient("p"), condition("Patient/p"), patient("q")))
    path = write("one.json", whole[: whole.index('"id": "q"')])

    content = read(path)

    assert "insomnia" in findings(content)
    assert "can't be read; the first is file 1, entry 3" in " ".join(content.notes)


NESTED = '{"linkId": "x", "item": [' * 400 + '{"linkId": "y"}' + "]}" * 400
FORM = '{"resourceType": "QuestionnaireResponse", "status": "completed", "item": [%s]}'
HUGE = '{"resourceType": "Observation", "status": "final", "valueInteger": %s}'


@pytest.mark.parametrize("name", ["all.ndjson", "all.json"])
@pytest.mark.parametrize("bad", [FORM % NESTED, HUGE % ("9" * 200_000)], ids=["deep", "huge"])
def test_what_no_parser_takes_costs_that_resource_and_not_the_process(write, name, bad):
    good = [json.dumps(each) for each in (patient("p"), condition("Patient/p"))]
    entries = ", ".join(f'{{"resource": {each}}}' for each in (*good, bad))
    whole = f'{{"resourceType": "Bundle", "type": "collection", "entry": [{entries}]}}'

    content = read(write(name, [*good, bad] if name.endswith(".ndjson") else whole))

    assert "insomnia" in findings(content)
    assert "1 resources were passed over" in " ".join(content.notes)


def test_bundles_are_gone_through_however_deep_they_lie_in_one_another(write):
    within = json.dumps(bundle(patient("p"), condition("Patient/p")))
    for _ in range(2_000):
        within = f'{{"resourceType": "Bundle", "entry": [{{"resource": {within}}}]}}'

    assert "insomnia" in findings(read(write("one.json", within)))


def test_a_long_bundle_is_gone_through_entry_by_entry(write):
    laboratory = of(
        "Patient/p",
        resourceType="Observation",
        status="final",
        code=concept(LOINC, "2345-7"),
        valueString="x" * 5_000,
    )
    path = write("one.json", bundle(patient("p"), condition("Patient/p"), *[laboratory] * 4_000))

    tracemalloc.start()
    content = read(path)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert "insomnia" in findings(content)
    assert peak < path.stat().st_size / 2


def test_a_zip_is_read_as_a_folder_is(write, tmp_path):
    path = write("a.json", bundle(patient("p"), condition("Patient/p")))
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w") as archive:
        archive.write(path, "deep/a.json")

    assert read(packed, format="fhir").digest() == read(path).digest()


def test_a_zip_that_is_damaged_inside_is_refused(write, tmp_path):
    path = write("a.ndjson", [patient("p"), *[condition("Patient/p")] * 50])
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.write(path, "a.ndjson")
    content = bytearray(packed.read_bytes())
    content[50:70] = bytes(each ^ 0xFF for each in content[50:70])
    packed.write_bytes(content)

    with pytest.raises(RefusedImport, match="isn't a whole zip file"):
        read(packed, format="fhir")


def test_a_zip_of_many_small_bombs_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("recommender.formats.fhir.files.MAX_TOTAL_BYTES", 2_000_000)
    packed = tmp_path / "all.zip"
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for place in range(3):
            archive.writestr(f"{place}.json", b" " * 1_000_000)

    with pytest.raises(RefusedImport, match="unpacks to more than"):
        read(packed, format="fhir")


def test_codes_that_no_entry_knows_are_counted(write):
    path = write("one.json", bundle(patient("p"), condition("Patient/p", "999999999")))

    assert "Condition 1" in " ".join(read(path).notes)


@pytest.mark.parametrize("document", ["{", '{"resourceType": "Bundle"}', "[]"])
def test_a_file_with_nothing_known_is_refused_and_nothing_written(write, document):
    path = write("one.json", document)

    with pytest.raises(RefusedImport, match="no patient"):
        read(path)
    assert not models.DataSet.objects.exists()


def test_nothing_that_says_who_somebody_is_is_written_or_printed(write, capsys, caplog):
    path = write(
        "MARKED.json",
        bundle(
            patient("MARKED-p", born="1931-07-19"),
            condition("Patient/MARKED-p"),
            sertraline("Patient/MARKED-p", "2020-03-01"),
        ),
    )
    call_command("import_dataset", str(path), name="ward", pathway="depression", format="fhir")

    case = models.CaseRecord.objects.get()
    stored = f"{vars(case)}{list(models.FindingRecord.objects.values())}"
    stored += f"{list(models.DataSet.objects.values())}{list(models.AuditEvent.objects.values())}"
    assert "MARKED" not in stored + capsys.readouterr().out + caplog.text
    assert "1931" not in stored
    assert date.fromisoformat("2020-03-01").isoformat() not in stored
