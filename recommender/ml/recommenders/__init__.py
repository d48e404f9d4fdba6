"""The recommenders we know. To add one: write its module, then name it here.

`ml/search_space.py` names it too, with its parameters.
"""

from collections.abc import Callable, Mapping

from recommender.ml.recommenders.base import Recommender
from recommender.ml.recommenders.boosted_trees import BoostedTrees
from recommender.ml.recommenders.crossed_effects import CrossedEffects
from recommender.ml.recommenders.finding_response_rate import FindingResponseRate
from recommender.ml.recommenders.lightfm import LightFM
from recommender.ml.recommenders.popularity import Popularity
from recommender.ml.recommenders.response_rate import ResponseRate

RECOMMENDERS: Mapping[str, Callable[..., Recommender]] = {
    "lightfm": LightFM,
    "crossed-effects": CrossedEffects,
    "boosted-trees": BoostedTrees,
    "finding-response-rate": FindingResponseRate,
    "response-rate": ResponseRate,
    "popularity": Popularity,
}
