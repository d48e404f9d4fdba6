"""The plots of an evaluation, each as SVG text to put into a page."""

import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

BLUE, ORANGE, GREY = "#0072b2", "#d55e00", "#767676"
WIDTH = 8.0
ROW_HEIGHT = 0.36

Numbers = Mapping[str, Any]


@dataclass(frozen=True)
class Row:
    """One line of a forest: its name and an estimate with its interval."""

    name: str
    estimate: Numbers


def forest(
    name: str,
    rows: Sequence[Row],
    label: str,
    *,
    reference: float | None = None,
    ratio: bool = False,
) -> str:
    """Estimates with their intervals, one below the other, beside what would be no difference.

    On a scale on which a ratio and its inverse are as far from none, where they are ratios.
    """
    shown = [row for row in rows if row.estimate["value"] is not None]
    figure = _figure(WIDTH, ROW_HEIGHT * len(shown) + 1.1)
    axes = figure.subplots()
    if reference is not None:
        axes.axvline(reference, color=GREY, linestyle="--", linewidth=1)
    for place, row in enumerate(reversed(shown)):
        given = row.estimate
        axes.plot([given["lower"], given["upper"]], [place, place], color=BLUE, linewidth=2)
        axes.plot([given["value"]], [place], "o", color=BLUE)
    axes.set_yticks(range(len(shown)), [row.name for row in reversed(shown)])
    axes.set_ylim(-0.6, len(shown) - 0.4)
    axes.set_xlabel(label)
    if ratio:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        axes.xaxis.set_minor_formatter("")
    return _svg(name, figure)


def reliability(bins: Sequence[Numbers]) -> str:
    """What was said of groups against what came, with the number of attempts below."""
    figure = _figure(6, 6.5)
    axes, below = figure.subplots(2, 1, sharex=True, height_ratios=(4, 1))
    axes.plot([0, 1], [0, 1], "--", color=GREY, linewidth=1)
    for one in bins:
        axes.plot([one["predicted"]] * 2, [one["lower"], one["upper"]], color=BLUE, linewidth=2)
        axes.plot([one["predicted"]], [one["observed"]], "o", color=BLUE)
    axes.set(xlim=(0, 1), ylim=(0, 1), ylabel="share that responded")
    below.bar([one["predicted"] for one in bins], [one["attempts"] for one in bins], 0.015)
    below.set(xlabel="what was said of their group", ylabel="attempts")
    return _svg("reliability", figure)


def coverage(bands: Sequence[Numbers], level: float) -> str:
    """How often intervals held, by what their groups expected."""
    figure = _figure(WIDTH, 3)
    axes = figure.subplots()
    axes.axhline(level, color=GREY, linestyle="--", linewidth=1)
    axes.bar(range(len(bands)), [one["held"] for one in bands], 0.6, color=BLUE)
    names = [f"{one['lowest']:.2f} to {one['highest']:.2f}" for one in bands]
    axes.set_xticks(range(len(bands)), names)
    axes.set(ylim=(0, 1), xlabel="what groups expected", ylabel="share of attempts")
    return _svg("coverage", figure)


def learning_curve(points: Sequence[Numbers]) -> str:
    """The area under the curve by how much was learned from."""
    figure = _figure(WIDTH, 4)
    axes = figure.subplots()
    learned_from = [point["learned_from"] for point in points]
    _band(axes, learned_from, [point["auc"] for point in points], BLUE, "all")
    within = [point["auc_within_strata"] for point in points]
    if all(one["value"] is not None for one in within):
        _band(axes, learned_from, within, ORANGE, "among cases of one site and outlook")
    axes.axhline(0.5, color=GREY, linestyle="--", linewidth=1)
    axes.set_xscale("log")
    axes.set_xticks(learned_from, [f"{count:,}" for count in learned_from])
    axes.minorticks_off()
    axes.set(xlabel="attempts learned from", ylabel="AUC on the same unseen cases")
    axes.legend()
    return _svg("learning-curve", figure)


def first_places(rows: Sequence[Numbers]) -> str:
    """How often each therapy comes first, beside how often it is given."""
    figure = _figure(WIDTH, ROW_HEIGHT * len(rows) + 1.2)
    axes = figure.subplots()
    ordered = list(reversed(rows))
    places = range(len(ordered))
    axes.barh([at + 0.2 for at in places], [one["first"] for one in ordered], 0.38, color=BLUE)
    axes.barh([at - 0.2 for at in places], [one["given"] for one in ordered], 0.38, color=ORANGE)
    axes.set_yticks(places, [one["name"] for one in ordered])
    axes.set_xlabel("share of cases (put first), share of attempts (given)")
    axes.legend(["put first by this version", "given in usual care"])
    return _svg("first-places", figure)


def _figure(width: float, height: float) -> "Figure":
    """An empty figure. The one place that loads matplotlib, when something is drawn first.

    It takes a second, and who shows evaluations imports this module without drawing most days.
    """
    import matplotlib as mpl  # noqa: PLC0415
    from matplotlib.figure import Figure  # noqa: PLC0415

    # Text stays text, to be read out, searched and copied; ids follow from the plot alone.
    mpl.rcParams.update({"svg.fonttype": "none", "svg.hashsalt": "report"})
    return Figure(figsize=(width, height), layout="constrained")


def _band(
    axes: "Axes", at: Sequence[int], found: Sequence[Numbers], colour: str, label: str
) -> None:
    axes.plot(at, [one["value"] for one in found], "o-", color=colour, label=label)
    lower, upper = [one["lower"] for one in found], [one["upper"] for one in found]
    axes.fill_between(at, lower, upper, color=colour, alpha=0.15)


def _svg(name: str, figure: "Figure") -> str:
    """The figure as SVG whose ids don't meet those of another one on the page."""
    drawn = io.StringIO()
    nothing = dict.fromkeys(("Date", "Creator", "Format", "Type"))
    figure.savefig(drawn, format="svg", metadata=nothing)
    text = drawn.getvalue()
    return re.sub(r'(\bid="|url\(#|href="#)', rf"\g<1>{name}-", text[text.index("<svg") :])
