"""The markup that sections of a report share: tables, figures, numbers with intervals."""

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

UNKNOWN = "–"
TOO_LITTLE = "<p>The data are too few, or don't say: this can't be told.</p>"


def figure(drawn: str, caption: str) -> str:
    """A plot with its words."""
    return (
        f"<figure role='img' aria-label='{escape(caption, quote=True)}'>{drawn}"
        f"<figcaption>{escape(caption)}</figcaption></figure>"
    )


def table(heads: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """A table; the first column names the rows."""
    head = "".join(f"<th scope='col'>{escape(one)}</th>" for one in heads)
    body = "".join(
        f"<tr><th scope='row'>{escape(str(row[0]))}</th>"
        + "".join(f"<td>{escape(str(one))}</td>" for one in row[1:])
        + "</tr>"
        for row in rows
    )
    return (
        f"<div class='wide' tabindex='0'><table><thead><tr>{head}</tr></thead>"
        f"<tbody>{body}</tbody></table></div>"
    )


def number(given: float | None) -> str:
    """A number, or a dash where there is none."""
    return UNKNOWN if given is None else f"{given:.4g}"


def interval(given: Mapping[str, Any], digits: int = 3) -> str:
    """An estimate with its interval."""
    if given["value"] is None:
        return UNKNOWN
    value, lower, upper = (f"{given[one]:.{digits}f}" for one in ("value", "lower", "upper"))
    return f"{value} ({lower} to {upper})"


def signed(given: Mapping[str, float], digits: int = 3) -> str:
    """A difference with its interval."""
    value, lower, upper = (f"{given[one]:+.{digits}f}" for one in ("value", "lower", "upper"))
    return f"{value} ({lower} to {upper})"
