"""The evaluation as one self-contained page with its plots, to read, print and keep."""

import io
from collections.abc import Mapping
from html import escape
from typing import Any

from matplotlib.figure import Figure

STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse } th, td { padding: .25rem .75rem; text-align: left }
th { border-bottom: 1px solid } svg { max-width: 100%; height: auto }
"""


def html_report(title: str, evaluation: Mapping[str, Any], *, simulated: bool) -> str:
    """The report as HTML; it loads nothing from anywhere."""
    verdicts = "".join(f"<li>{escape(str(one['text']))}</li>" for one in evaluation["verdicts"])
    banner = "<p><strong>SIMULATED DATA: not about real people.</strong></p>" if simulated else ""
    return (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>{escape(title)}</title>"
        f"<style>{STYLE}</style><h1>{escape(title)}</h1>{banner}<h2>In plain words</h2>"
        f"<ul>{verdicts}</ul><h2>Beside the baselines, on unseen cases</h2>"
        f"{_comparison_table(evaluation)}{_comparison_plot(evaluation)}"
        f"<h2>Reliability</h2>{_reliability_plot(evaluation)}</html>"
    )


def _comparison_table(evaluation: Mapping[str, Any]) -> str:
    rows = "".join(
        f"<tr><td>{escape(row['name'])}</td><td>{_interval(row['log_loss'])}</td>"
        f"<td>{_interval(row['auc'])}</td><td>{_interval(row['auc_within_strata'])}</td></tr>"
        for row in evaluation["recommenders"]
    )
    heads = "".join(
        f"<th scope='col'>{head}</th>"
        for head in ("", "log-loss (low is good)", "AUC", "AUC among like cases")
    )
    return f"<table><tr>{heads}</tr>{rows}</table><p>Intervals at 90 %, over cases.</p>"


def _interval(given: Mapping[str, float]) -> str:
    return f"{given['value']:.3f} ({given['lower']:.3f} to {given['upper']:.3f})"


def _comparison_plot(evaluation: Mapping[str, Any]) -> str:
    rows = list(reversed(evaluation["recommenders"]))
    figure = Figure(figsize=(8, 0.5 * len(rows) + 1), layout="constrained")
    axes = figure.subplots()
    for place, row in enumerate(rows):
        loss = row["log_loss"]
        axes.plot([loss["lower"], loss["upper"]], [place, place], color="tab:blue")
        axes.plot([loss["value"]], [place], "o", color="tab:blue")
    axes.set_yticks(range(len(rows)), [row["name"] for row in rows])
    axes.set_xlabel("log-loss on unseen cases (low is good)")
    return _svg(figure)


def _reliability_plot(evaluation: Mapping[str, Any]) -> str:
    figure = Figure(figsize=(5, 5), layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 1], [0, 1], "--", color="grey")
    for one in evaluation["calibration"]["bins"]:
        axes.plot([one["predicted"]] * 2, [one["lower"], one["upper"]], color="tab:blue")
        axes.plot([one["predicted"]], [one["observed"]], "o", color="tab:blue")
    axes.set(xlim=(0, 1), ylim=(0, 1), xlabel="forecast", ylabel="share that responded")
    return _svg(figure)


def _svg(figure: Figure) -> str:
    drawn = io.StringIO()
    figure.savefig(drawn, format="svg", metadata={"Date": None})
    text = drawn.getvalue()
    return text[text.index("<svg") :]
