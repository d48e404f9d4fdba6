"""Assembly: from cross-fitted parts to the one table that is served, and what it may claim."""

from dataclasses import dataclass, replace

import numpy as np
import scipy.sparse as sp

from recommender.ml.bootstrap import NOTICEABLE, Interval, Resampling
from recommender.ml.crossfit import CrossFit, centre_and_mix
from recommender.ml.group_counting import Asked, count_groups
from recommender.ml.groups import Groups
from recommender.ml.interactions import Floats, Ints
from recommender.ml.likeness import Likeness
from recommender.ml.metrics import log_losses
from recommender.ml.ranking import Evidence
from recommender.ml.recommenders.response_rate import ResponseRate
from recommender.ml.sample import Sample
from recommender.ml.stacking import Head, fit_head, fit_outlook
from recommender.ml.staying import Tried, who_stays
from recommender.ml.table import Parts, Table, add, take_apart

FIT_SHARES = (1.0, 0.5)
"""How much of the fit is tried. The whole passes at about 3.3 standard errors, half at 2.2."""
OUTLOOK_SHARES = (1.0, 0.5)
"""How much of the outlook is tried. Without any, all cases would have the same forecast."""
NOISE_CASES = 120_000
"""Cases times therapies."""
FEWEST_NOISE_CASES = 50
SCORED_CASES = 5_000
SHARED_CAUSES = 16


@dataclass(frozen=True)
class Assembly:
    """What is served, and its stand-ins that never saw their cases.

    The stand-ins are a table a fold, and what those tables say of each attempt (`seen`), without
    regard to fit (`neutral`), and of the case under the usual mix of therapies (`outlook`).
    `unsure` is how far each column's weight may be off, `likeness` what the cases were like,
    `tried` which recommenders were and why they stayed.
    """

    table: Table
    head: Head
    personalised: bool
    gain_from_fit: Interval
    fold_tables: tuple[Table, ...]
    seen: Floats
    outlook: Floats
    evidence: Evidence
    groups: Groups
    usual: Groups
    mix: Floats
    unsure: Floats
    likeness: Likeness
    tried: tuple[Tried, ...] = ()


def assemble(
    crossed: CrossFit, final: tuple[Parts, ...], names: tuple[str, ...], *, seed: int
) -> Assembly:
    """The boldest table that unseen cases bear out.

    An order that depends on the case, by all of its fit or by half of it; or, the same for
    everyone, rates that allow for who was given what, the incumbent's at each case's outlook (all
    of it or half), or the incumbent itself. `names` are those of the recommenders; of them stay
    those that the others need.
    """
    tried = who_stays(crossed, names, seed=seed)
    staying = [place for place, one in enumerate(tried) if one.stays]
    kept = crossed.of_parts(staying)
    assembled = _boldest(kept, tuple(final[place] for place in staying), seed=seed)
    return replace(assembled, tried=tried)


def _boldest(crossed: CrossFit, final: tuple[Parts, ...], *, seed: int) -> Assembly:
    with_fit, without = crossed.heads(with_fit=True), crossed.heads(with_fit=False)
    same_for_all = crossed.of_heads(without)
    for share in FIT_SHARES:
        heads = [head.with_fit_times(share) for head in with_fit]
        gain = paired_gain(crossed, same_for_all, crossed.of_heads(heads), seed=seed)
        if gain.lower > NOTICEABLE:
            head = fit_head(crossed.seen, with_fit=True).with_fit_times(share)
            orders = [_own_order(*pair) for pair in zip(heads, crossed.parts, strict=True)]
            table, tables = _at_outlook(crossed, final, orders, _own_order(head, final), share=1.0)
            return _assembly(crossed, head, table, tables, gain)
    head = fit_head(crossed.seen, with_fit=False)
    rates = [_rates(crossed, unseen=number) for number in range(len(crossed.parts))]
    everyone = _rates(crossed, unseen=None)
    mean = centre_and_mix(crossed.sample)
    orders = [take_apart(one, *mean).average for one in rates]
    order = take_apart(everyone, *mean).average
    adjusted = [_own_order(*pair) for pair in zip(without, crossed.parts, strict=True)]
    by_rates = crossed.logits(rates)
    for share in OUTLOOK_SHARES:
        table, tables = _at_outlook(crossed, final, orders, order, share=share)
        fair, fair_tables = _at_outlook(
            crossed, final, adjusted, _own_order(head, final), share=share
        )
        by_outlook, by_fair = crossed.logits(tables), crossed.logits(fair_tables)
        if (
            paired_gain(crossed, by_outlook, by_fair, seed=seed).lower > NOTICEABLE
            and paired_gain(crossed, by_rates, by_fair, seed=seed).value > NOTICEABLE
        ):
            return _assembly(crossed, head, fair, fair_tables, gain)
        if paired_gain(crossed, by_rates, by_outlook, seed=seed).value > NOTICEABLE:
            return _assembly(crossed, head, table, tables, gain, told_by=fair)
    return _assembly(crossed, head, everyone, rates, gain, told_by=fair)


def paired_gain(crossed: CrossFit, before: Floats, after: Floats, *, seed: int) -> Interval:
    """How much log-loss an attempt is saved, with an interval over cases."""
    responded = crossed.sample.responded
    saved = log_losses(responded, before) - log_losses(responded, after)
    return Resampling.of_cases(crossed.sample.case, seed=seed).interval_of_mean(saved)


def _rates(crossed: CrossFit, *, unseen: int | None) -> Table:
    """The incumbent, without the cases of one fold."""
    training = crossed.sample.of_cases(crossed.fold != unseen)
    return ResponseRate().fit(training, seed=0, progress=lambda _: None)


def _own_order(head: Head, parts: tuple[Parts, ...]) -> Table:
    """The order that the weighed recommenders give: therapies on the whole, and their fit."""
    averages = [(weight, one.average) for weight, one in zip(head.average, parts, strict=True)]
    fits = [(weight, one.fit) for weight, one in zip(head.fit, parts, strict=True)]
    return add([*averages, *fits])


def _at_outlook(
    crossed: CrossFit, final: tuple[Parts, ...], orders: list[Table], order: Table, *, share: float
) -> tuple[Table, list[Table]]:
    """Set orders at each case's outlook: the final one, and each fold's by the other folds.

    With a share below one, outlooks lie that much nearer to their mean.
    """
    own, seen = crossed.fold_of_attempts, crossed.seen
    beside = crossed.logits(orders)

    def whole(chosen: Ints, parts: tuple[Parts, ...], of: Table) -> Table:
        outlook = seen.outlook[chosen]
        level, weights = fit_outlook(outlook, beside[chosen], seen.responded[chosen])
        level += (1 - share) * float((outlook @ weights).mean())
        shares = (share * weights).tolist()
        outlooks = [(own, one.prognosis) for own, one in zip(shares, parts, strict=True)]
        return add([*outlooks, (1.0, of)], level)

    tables = [
        whole(np.flatnonzero(own != number), crossed.parts[number], orders[number])
        for number in range(len(orders))
    ]
    return whole(np.arange(len(own)), final, order), tables


def _assembly(
    crossed: CrossFit,
    head: Head,
    table: Table,
    fold_tables: list[Table],
    gain: Interval,
    *,
    told_by: Table | None = None,
) -> Assembly:
    """What is served in the order of `table`; `told_by` says how groups of it will do.

    The incumbent's order counts who was given a therapy for or against it, which its numbers
    needn't repeat.
    """
    sample = crossed.sample
    personalised = gain.lower > NOTICEABLE
    seen = crossed.logits(fold_tables)
    _, mix = centre_and_mix(sample)
    outlook = _outlook(crossed, fold_tables, mix)
    some = _some(sample.cases)
    scores = table.logits(some)
    asked = Asked(scores, scores if told_by is None else told_by.logits(some))
    return Assembly(
        table=table,
        head=head,
        personalised=personalised,
        gain_from_fit=gain,
        fold_tables=tuple(fold_tables),
        seen=seen,
        outlook=outlook,
        evidence=_evidence(crossed, fold_tables),
        unsure=_unsure(fold_tables),
        likeness=likeness(sample.cases),
        groups=count_groups(sample, seen, asked=asked),
        usual=count_groups(as_one_therapy(sample), outlook),
        mix=mix,
    )


def _some(cases: sp.csr_array) -> sp.csr_array:
    """Cases from all over the data, no more than it takes to see how they score."""
    return cases[:: max(cases.shape[0] // SCORED_CASES, 1)]


def as_one_therapy(sample: Sample) -> Sample:
    """The sample with its therapies taken as one: usual care."""
    return replace(
        sample,
        traits=sp.csr_array(np.ones((1, 1))),
        trait_names=("therapy:usual-care",),
        therapy=np.zeros_like(sample.therapy),
        prior=None,
        targets=None,
    )


def _outlook(crossed: CrossFit, fold_tables: list[Table], mix: Floats) -> Floats:
    """How each attempt's case would do under the usual mix, by tables that never saw it."""
    own = crossed.fold_of_attempts
    found = np.empty(len(crossed.sample))
    for number, table in enumerate(fold_tables):
        chosen = np.flatnonzero(own == number)
        weights = table.weights @ mix
        found[chosen] = crossed.sample.rows[chosen] @ weights + table.intercept @ mix
    return found


def _evidence(crossed: CrossFit, fold_tables: list[Table]) -> Evidence:
    """How far therapies' logits are off by chance, from how the folds' tables differ.

    The jackknife over folds, averaged over cases: what moves several therapies alike is kept apart
    from what moves one, so that two are told apart by their paired difference.
    """
    sample, folds = crossed.sample, len(fold_tables)
    cases = sample.cases[: max(NOISE_CASES // sample.therapies, FEWEST_NOISE_CASES)]
    logits = np.stack([table.logits(cases) for table in fold_tables])
    away = logits - logits.mean(axis=0)
    rows = away.reshape(-1, sample.therapies)
    rows *= np.sqrt((folds - 1) / folds / cases.shape[0])
    _, lengths, directions = np.linalg.svd(rows, full_matrices=False)
    shared = (lengths[:, None] * directions)[:SHARED_CAUSES].T
    own = np.maximum((rows**2).sum(axis=0) - (shared**2).sum(axis=1), 0.0)
    return Evidence(sample.tried, np.ascontiguousarray(shared), own)


def _unsure(fold_tables: list[Table]) -> Floats:
    """How far the part of each column in each therapy's logit, less the mean one, is off."""
    folds = len(fold_tables)
    beyond = [one.weights - one.weights.mean(axis=1, keepdims=True) for one in fold_tables]
    middle = sum(beyond, np.zeros(1)) / folds
    squares = sum(((one - middle) ** 2 for one in beyond), np.zeros(1))
    unsure: Floats = np.sqrt(squares * (folds - 1) / folds)
    return unsure


def likeness(cases: sp.csr_array) -> Likeness:
    """What the cases are like that are learned from."""
    count = max(cases.shape[0], 1)

    def like(values: Floats) -> sp.csr_array:
        return sp.csr_array((values, cases.indices, cases.indptr), cases.shape, copy=False)

    mean = np.asarray(cases.sum(axis=0)).ravel() / count
    mean_square = np.asarray(like(cases.data**2).sum(axis=0)).ravel() / count
    found = Likeness.of(mean, mean_square)
    beyond = like(found.beyond_nothing(cases.indices, cases.data)).sum(axis=1)
    return replace(found, farthest=found.of_nothing + float(np.asarray(beyond).max()))
