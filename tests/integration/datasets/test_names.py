"""Data sets that call therapies and findings by names: read, told, and kept for somebody to map."""

import pytest
from django.conf import settings

from recommender import models
from recommender.exceptions import RefusedImport
from recommender.services import catalogue, dataset_files, datasets, names, unmapped_codes

pytestmark = pytest.mark.django_db

CASES = "case\na\nb\n"
FINDINGS = "case,kind,code,value\na,symptom,Insomnia,2\nb,symptom,anxiety,\n"
NAMED = "EffexorXR", "venlafaxine XR 75 mg", "Zoloft", "rxnorm:36437"


@pytest.fixture(autouse=True)
def shipped():
    catalogue.load(folder=settings.FIXTURES_DIR, by="test")
    names.forget()


def folder(place, *, therapies=NAMED, findings=FINDINGS):
    place.mkdir()
    rows = "".join(f"a,{name},{number},none\n" for number, name in enumerate(therapies, start=1))
    (place / "cases.csv").write_text(CASES)
    (place / "findings.csv").write_text(findings)
    (place / "responses.csv").write_text("case,therapy,sequence,response\n" + rows)
    return place


def imported(place):
    content = dataset_files.read(path=place, pathway="depression")
    return datasets.import_dataset(content=content, name="clinic", pathway="depression", by="test")


def test_brands_strengths_spellings_and_codes_are_the_therapies_they_name(tmp_path):
    made = imported(folder(tmp_path / "set"))

    responses = models.TherapyResponse.objects.order_by("sequence")
    assert [each.therapy.code for each in responses] == [
        *("venlafaxine", "venlafaxine", "sertraline", "sertraline")
    ]
    assert set(models.FindingRecord.objects.values_list("concept__code", flat=True)) == {
        *("insomnia", "anxiety")
    }
    (note,) = [each for each in made.report["notes"] if each.startswith("Read by name")]
    assert "EffexorXR as venlafaxine (1)" in note
    assert "Insomnia as insomnia (1)" in note
    assert not models.UnmappedCode.objects.exists()


def test_a_code_that_the_data_set_describes_is_its_own(tmp_path):
    place = folder(tmp_path / "set", therapies=("Zoloft",))
    (place / "therapies.csv").write_text("code,name,kind\nZoloft,Our Zoloft arm,medication\n")

    imported(place)

    assert models.TherapyResponse.objects.get().therapy.name == "Our Zoloft arm"


def test_an_unknown_therapy_is_refused_with_what_is_close_to_it_and_leaves_no_trace(tmp_path):
    place = folder(tmp_path / "set", therapies=("sertralin", "reiki"))

    with pytest.raises(RefusedImport) as refused:
        imported(place)

    messages = [str(problem) for problem in refused.value.problems]
    assert [each.endswith("close to it: sertraline") for each in messages] == [True, False]
    assert not any("sertralin," in each or "reiki" in each for each in messages)
    assert not models.UnmappedCode.objects.exists()


def test_unknown_names_can_be_kept_and_are_known_once_somebody_mapped_them(
    tmp_path, django_capture_on_commit_callbacks
):
    place = folder(tmp_path / "set", therapies=("Lustral", "Lustral"))
    with pytest.raises(RefusedImport):
        dataset_files.read(path=place, pathway="depression", keep_unknown=True)
    waiting = models.UnmappedCode.objects.get()

    with django_capture_on_commit_callbacks(execute=True):
        unmapped_codes.resolve(code=waiting, kind="therapy", entry="sertraline", by="admin")
    imported(place)

    assert (waiting.resource, waiting.system) == ("data set", "name of a therapy")
    assert (waiting.code, waiting.seen) == ("Lustral", 2)
    assert set(models.TherapyResponse.objects.values_list("therapy__code", flat=True)) == {
        "sertraline"
    }


def test_a_new_finding_close_to_one_of_ours_is_taken_and_told(tmp_path):
    place = folder(
        tmp_path / "set", findings="case,kind,code\na,symptom,insomnnia\nb,symptom,own-code\n"
    )

    made = imported(place)

    (note,) = [each for each in made.report["notes"] if each.startswith("Taken as new")]
    assert "symptom insomnnia (insomnia" in note
    assert "own-code" not in note
    assert [each.code for each in models.UnmappedCode.objects.all()] == ["insomnnia"]
