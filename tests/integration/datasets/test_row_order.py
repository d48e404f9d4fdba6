"""The order in which cases and responses stood in their files is known to what looks for leaks."""

import numpy as np
import pytest

from recommender.ml.suspicions import suspicions
from recommender.services import dataset_files, dataset_rows, datasets

pytestmark = pytest.mark.django_db

CASES = 60
THERAPIES = "code,name,kind\nold,Old arm,other\nnew,New arm,other\n"


def imported(place, *, order):
    """Every other case had the new arm; responses stand in the given order of the cases."""
    rows = {
        "cases": ["case", *(f"c{number:02}" for number in range(CASES))],
        "findings": ["case,kind,code", *(f"c{number:02},symptom,pain" for number in range(CASES))],
        "responses": [
            "case,therapy,sequence,response",
            *(f"c{number:02},{('old', 'new')[number % 2]},1,{number // 2 % 2}" for number in order),
        ],
    }
    for name, lines in rows.items():
        (place / f"{name}.csv").write_text("\n".join(lines) + "\n")
    (place / "therapies.csv").write_text(THERAPIES)
    content = dataset_files.read(path=place, pathway="depression")
    made = datasets.import_dataset(content=content, name="set", pathway="depression", by="test")
    return made.dataset


def test_responses_sorted_by_therapy_are_told_though_the_cases_arent(tmp_path):
    order = [*range(0, CASES, 2), *range(1, CASES, 2)]

    data, _ = dataset_rows.training_data([imported(tmp_path, order=order)])

    of_cases = np.empty(CASES, int)
    of_cases[data.row - 1] = np.arange(CASES)
    came = data.attempts.case[np.argsort(data.attempts.row)]
    assert came.tolist() == of_cases[order].tolist()
    (found,) = [one for one in suspicions(data, ()) if one.check == "row-order"]
    assert found.codes == ("the file of responses",)
