"""Lists and tables of an entry of the catalogue, as they are typed and as they are read."""

from typing import Any

from django import forms
from unfold.widgets import UnfoldAdminTextareaWidget

from recommender.formats.catalogue_folder import SYSTEMS


class WordsField(forms.CharField):
    """Words, one a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self) -> None:
        super().__init__(required=False, help_text="One a line.")

    def prepare_value(self, value: Any) -> str:  # noqa: ANN401
        """The words under each other."""
        return "\n".join(value) if isinstance(value, list) else value or ""

    def clean(self, value: Any) -> list[str]:  # noqa: ANN401
        """The words without what is around them."""
        return [line.strip() for line in super().clean(value).splitlines() if line.strip()]


class CodesField(forms.CharField):
    """Codes in other systems, one a line."""

    widget = UnfoldAdminTextareaWidget

    def __init__(self) -> None:
        super().__init__(
            required=False,
            help_text=f"One a line, as system = code. Systems: {', '.join(SYSTEMS)}. "
            "Only codes that were found with their name; say in the source where.",
        )

    def prepare_value(self, value: Any) -> str:  # noqa: ANN401
        """The codes under each other."""
        if not isinstance(value, dict):
            return value or ""
        return "\n".join(f"{system} = {code}" for system, code in value.items())

    def clean(self, value: Any) -> dict[str, str]:  # noqa: ANN401
        """The codes by their systems."""
        codes = {}
        for line in filter(None, map(str.strip, super().clean(value).splitlines())):
            system, sign, code = (part.strip() for part in line.partition("="))
            if not sign or not code or system not in SYSTEMS:
                raise forms.ValidationError(f"Write each line as system = code: {line}")
            codes[system] = code
        return codes
