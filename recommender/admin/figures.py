"""How the desk's pages show figures: shares as per cent, and as bars that need no inline style."""

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

register = template.Library()
NOT_KNOWN = "not known"


@register.filter
def percent(share: float | str | None) -> str:
    """A share as whole per cent."""
    return f"{share:.0%}" if isinstance(share, int | float) else NOT_KNOWN


@register.simple_tag
def bar(share: float | None, of: float = 1.0) -> SafeString | str:
    """A share as a bar beside its figure; for the eye only."""
    if share is None:
        return ""
    width = round(100 * share / of, 1)
    return format_html(
        '<svg class="bar" width="100" height="10" aria-hidden="true">'
        '<rect width="100" height="10" fill="currentColor" opacity=".12"/>'
        '<rect width="{}" height="10" fill="#0072b2"/></svg>',
        width,
    )
