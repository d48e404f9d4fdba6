"""Attempts of a made-up world, as a sample: which findings help with which therapy is said."""

import numpy as np
import scipy.sparse as sp

from recommender.ml.sample import Sample


def a_sample(
    chance, *, cases=4_000, columns=8, therapies=4, sites=1, seed=1, targets=None, kinds=None
):
    """One attempt a case; `chance(findings, therapy)` is the logit of its response.

    `findings` are flags (cases × columns), each there for two cases in five.
    """
    draw = np.random.default_rng(seed)
    findings = (draw.random((cases, columns)) < 0.4).astype(float)
    therapy = draw.integers(therapies, size=cases)
    logit = chance(findings, therapy)
    traits, names = np.eye(therapies), [f"therapy:{place}" for place in range(therapies)]
    for kind in sorted(set(kinds or ())):
        own = np.array([[float(each == kind)] for each in kinds])
        traits, names = np.hstack([traits, own]), [*names, f"kind:{kind}"]
    return Sample(
        cases=sp.csr_array(findings),
        traits=sp.csr_array(traits),
        trait_names=tuple(names),
        case=np.arange(cases),
        therapy=therapy,
        responded=(draw.random(cases) < 1 / (1 + np.exp(-logit))).astype(float),
        site=draw.integers(sites, size=cases),
        sites=sites,
        targets=targets,
    )
