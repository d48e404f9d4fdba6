"""The administrator's desk with a real worker: a table is mapped, imported, published, trained."""

import random
import zipfile

import pytest
from django.core.files.storage import storages

from recommender import models
from recommender.services import registry
from recommender.services.access import Role
from tests import published

pytestmark = pytest.mark.django_db(transaction=True)
CASES = 120


@pytest.fixture
def admin(desk):
    return desk(Role.DATASET_ADMIN, is_staff=True, viewport={"width": 1300, "height": 900})


@pytest.fixture
def table(tmp_path):
    """A clinic's table, one row a person."""
    published.a_safety_rule()
    published._concepts()
    published._therapies()
    chance = random.Random(7)
    lines = ["id,treatment,insomnia,worry,sex,score_0,score_8,sessions"]
    for number in range(CASES):
        arm, insomnia, worry = chance.choice("AB"), chance.randint(0, 3), chance.randint(0, 3)
        after = chance.randint(4, 20) - (3 * worry if arm == "A" else 3 * insomnia)
        sex = chance.choice("mf")
        lines.append(f"p{number},{arm},{insomnia},{worry},{sex},20,{max(after, 0)},8")
    file = tmp_path / "clinic.csv"
    file.write_text("\n".join(lines) + "\n")
    return file


def drop(desk, file, *, name, pathway="depression", mapping=""):
    desk.open("/admin/recommender/datasetupload/add/")
    assert desk.page.locator("#content :required").count() <= 3, "file, name and pathway"
    desk.page.set_input_files("input[type=file]", str(file))
    desk.page.fill("[name=name]", name)
    desk.page.fill("[name=pathway]", pathway)
    if mapping:
        desk.page.select_option("[name=mapping]", label=mapping)
    desk.picture("admin-upload")
    desk.click("button:has-text('Upload')")


def row(desk, column):
    return desk.page.locator(f"tr:has(th:text-is('{column}'))")


def map_columns(desk, *, keep_as):
    desk.page.wait_for_url("**/mapping/")
    desk.page.wait_for_selector("#preview .made")
    row(desk, "sex").locator("select[name$=-role]").select_option("finding")
    row(desk, "sex").locator("select[name$=-kind]").first.select_option("background")
    row(desk, "sex").locator("[name$=-code]").fill("sex_recorded")
    for place, code in enumerate(("cbt", "mirtazapine")):
        row(desk, "treatment").locator("[name*=-therapy-]").nth(place).fill(code)
    desk.page.fill("[name=response]", "score_8 <= 0.5 * score_0")
    desk.page.fill("[name=why]", "half of the score before")
    desk.page.check("[name=drop_rest]")
    for name, words in (("title", "A clinic"), ("source", "the ward"), ("licence", "own data")):
        desk.page.fill(f"[name=about-{name}]", words)
    desk.page.fill("[name=keep_as]", keep_as)
    desk.page.wait_for_selector("#preview :text('sex_recorded')")


def train(desk, *, seed):
    """Start a run, wait for its end, promote what it made; answers the clicks."""
    before = desk.clicks
    assert desk.page.locator("#content :required").count() <= 2, "pathway and recipe"
    desk.page.select_option("[name=recipe]", "response-rate")
    desk.page.fill("[name=seed]", str(seed))
    desk.click("button:has-text('Start training')")
    desk.page.wait_for_selector("#run:has-text('It made')", timeout=120_000)
    desk.click("text=The gates' decision, line by line")
    desk.click("button:has-text('Promote')")
    desk.page.wait_for_load_state()
    return desk.clicks - before


def test_a_table_goes_from_upload_to_a_live_version_and_back(admin, table, celery_worker_process):
    registry.forget()
    drop(admin, table, name="clinic")
    map_columns(admin, keep_as="ward table")
    admin.page.evaluate("scrollTo(0, 260)")
    admin.picture("admin-mapping", whole=False)
    admin.click("button:has-text('Import with this mapping')")
    admin.page.wait_for_selector("#state:has-text('Imported')", timeout=60_000)
    admin.click("text=Read the report of clinic v1")
    admin.page.wait_for_load_state()
    admin.picture("admin-report")
    dataset = models.DataSet.objects.get(name="clinic")
    assert (dataset.case_count, dataset.response_count) == (CASES, CASES)
    assert models.TableMapping.objects.get().name == "ward table"

    admin.click("button:has-text('Publish')")
    admin.click("text=Train on it")
    admin.picture("admin-train")
    clicks = train(admin, seed=1)
    first = models.ModelVersion.objects.get(status="live")
    assert admin.clicks <= 8, "from the file to a live version"
    assert clicks <= 3

    admin.open("/admin/recommender/trainingrun/add/")
    train(admin, seed=2)
    second = models.ModelVersion.objects.get(status="live")
    assert second != first

    admin.picture("admin-version")
    admin.open(f"/admin/recommender/modelversion/compare/?version={first.pk}&version={second.pk}")
    admin.page.wait_for_load_state("networkidle")
    admin.picture("admin-compare")
    assert admin.says("All versions put the same therapy first for")
    admin.page.click(f"text={second} >> nth=0")
    admin.click("button:has-text('Roll back')")
    admin.page.wait_for_load_state()

    assert models.ModelVersion.objects.get(status="live") == first
    assert admin.complaints == []
    for version in (first, second):
        storages["artifacts"].delete(version.artifact)


def test_the_next_table_of_that_shape_is_mapped_at_once(admin, table, celery_worker_process):
    drop(admin, table, name="clinic")
    map_columns(admin, keep_as="ward table")
    admin.click("button:has-text('Import with this mapping')")
    admin.page.wait_for_selector("#state:has-text('Imported')", timeout=60_000)
    table.write_text("\n".join(table.read_text().splitlines()[:-20]) + "\n")

    drop(admin, table, name="clinic", mapping="ward table")
    admin.page.wait_for_selector("#preview :text('Nothing to mend')")
    admin.click("button:has-text('Import with this mapping')")
    admin.page.wait_for_selector("#state:has-text('Imported')", timeout=60_000)
    admin.click("text=Read the report of clinic v2")
    admin.page.wait_for_selector("text=What changed since version 1")

    assert admin.says(f"{CASES - 20} cases are in both, 0 are new, 20 are gone")
    assert admin.complaints == []


def test_what_is_wrong_with_a_folder_is_told_by_reason_row_and_column(
    admin, tmp_path, celery_worker_process
):
    folder = tmp_path / "folder.zip"
    with zipfile.ZipFile(folder, "w") as packed:
        packed.writestr("cases.csv", "case,year\na,2020\na,2020\nb,soon\n")
        packed.writestr("findings.csv", "case,kind,code,value\na,symptom,insomnia,2\n")
        packed.writestr("responses.csv", "case,therapy,response\na,moonlight,1\n")

    drop(admin, folder, name="folder")
    admin.page.wait_for_selector("#state:has-text('Refused')", timeout=60_000)
    admin.picture("admin-refused")

    assert admin.says("cases.csv")
    assert admin.says("moonlight") is False
    assert not models.DataSet.objects.exists()
    assert admin.complaints == []


def test_a_run_is_cancelled_from_its_page(admin):
    dataset = published.a_published_dataset(cases=20)

    admin.open(f"/admin/recommender/trainingrun/add/?pathway={dataset.pathway.slug}")
    admin.click("button:has-text('Start training')")
    admin.click("button:has-text('Cancel')")
    admin.page.wait_for_selector("h2:has-text('Cancelled')")

    assert models.TrainingRun.objects.get().status == "cancelled"
    assert admin.complaints == []


DROP = """() => {
  const carried = new DataTransfer();
  carried.items.add(new File(['a,b\\n1,2\\n'], 'ward table.csv'));
  const event = new DragEvent('drop', {dataTransfer: carried, bubbles: true, cancelable: true});
  document.getElementById('drop').dispatchEvent(event);
}"""


def test_a_file_that_is_dropped_is_named_and_what_is_wrong_is_said_without_losing_it(admin):
    admin.open("/admin/recommender/datasetupload/add/")
    admin.page.evaluate(DROP)

    assert admin.says("ward table.csv, 1 kB")
    assert admin.page.input_value("[name=name]") == "ward table"

    admin.page.fill("[name=pathway]", "No Slug")
    admin.click("button:has-text('Upload')")
    admin.page.wait_for_selector("#problems:has-text('Use lower-case')")
    admin.page.fill("[name=pathway]", "depression")
    admin.click("button:has-text('Upload')")
    admin.page.wait_for_url("**/mapping/")

    assert admin.complaints == []
