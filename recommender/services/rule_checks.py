"""Whether the shipped rules keep their examples, and whether the examples would notice a fault."""

from dataclasses import dataclass
from pathlib import Path

from recommender.clinical.red_flags import RedFlag
from recommender.clinical.rule_examples import AnyRule, RuleExample
from recommender.clinical.rule_mutations import Mutant, mutants_of_flags, mutants_of_rules
from recommender.clinical.therapy import Therapy
from recommender.formats.catalogue_folder import read_catalogue
from recommender.formats.rule_examples import FILE, read_examples
from recommender.services.shipped_safety import shipped_safety


@dataclass(frozen=True)
class Checked:
    """The rules with their examples, ready to be asked."""

    rules: tuple[AnyRule, ...]
    flags: tuple[RedFlag, ...]
    examples: tuple[RuleExample, ...]
    known: dict[str, Therapy]

    def broken(self) -> list[RuleExample]:
        """The examples that the rules don't keep."""
        return [each for each in self.examples if not each.is_kept_by(self.rules, known=self.known)]

    def without_two_examples(self) -> list[str]:
        """The rules without a case they hold on or without one they don't."""
        holding = {each.rule for each in self.examples if each.does}
        silent = {each.rule for each in self.examples if not each.does}
        return sorted({rule.code for rule in self.rules} - (holding & silent))

    def mutants(self) -> list[Mutant]:
        """Every rule and flag gone wrong in every way, and whether that was noticed."""
        return [
            *mutants_of_rules(self.rules, self.examples, self.known),
            *mutants_of_flags(self.flags),
        ]


def checked(folder: Path) -> Checked:
    """The shipped rules of a folder."""
    catalogue, shipped = read_catalogue(folder), shipped_safety()
    text = (folder / FILE).read_text(encoding="utf-8")
    return Checked(
        rules=(*catalogue.rules, *shipped.combinations, *shipped.conditional),
        flags=shipped.red_flags,
        examples=tuple(read_examples(text)),
        known={
            **shipped.outside,
            **{entry.therapy.code: entry.therapy for entry in catalogue.therapies},
        },
    )
