"""The cases of a data set as one matrix, column by column what the encoder makes of each."""

from collections.abc import Sequence

import numpy as np
import scipy.sparse as sp

from recommender.ml.features import CaseEncoder, PairColumns, positions_by_concept
from recommender.ml.interactions import Floats, Ints, TrainingData


def encode_all(encoder: CaseEncoder, data: TrainingData) -> sp.csr_array:
    """Every case of the training data as a matrix of cases and columns."""
    known = {(one.kind, one.code): one for one in encoder.concepts}
    rows: list[Ints] = []
    columns: list[Ints] = []
    values: list[Floats] = []
    for concept, chosen in zip(data.concepts, positions_by_concept(data), strict=True):
        own = known.get((concept.kind, concept.code))
        if own is None:
            continue
        for entries, column, amount in own.entries_of(data.findings, chosen):
            rows.append(data.findings.case[entries])
            columns.append(np.full(len(entries), column, np.int32))
            values.append(np.broadcast_to(amount, len(entries)))
    shape = (data.cases, encoder.width - len(encoder.pairs))
    if not rows:
        return with_pairs(sp.csr_array(shape, dtype=np.float64), encoder.pairs)
    place = (np.concatenate(rows), np.concatenate(columns))
    cases = sp.csr_array(sp.coo_array((np.concatenate(values), place), shape=shape))
    return with_pairs(cases, encoder.pairs)


def with_pairs(cases: sp.csr_array, pairs: Sequence[PairColumns]) -> sp.csr_array:
    """The cases with a further column for each pair, 1 where both of its columns are filled."""
    if not pairs:
        return cases
    by_column = sp.csc_array(cases)
    filled = [
        (by_column[:, [pair.first]] > 0).multiply(by_column[:, [pair.second]] > 0).astype(float)
        for pair in pairs
    ]
    return sp.csr_array(sp.hstack([cases, *filled], format="csr"))
