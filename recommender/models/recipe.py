"""Named recipes: what a search found, kept for a pathway beside the recipes that ship."""

from django.db import models

from recommender.ml.recipes import Recipe
from recommender.models.parameter_search import ParameterSearch
from recommender.models.pathway import SLUG, Pathway


class RecipeRecord(models.Model):
    """One recipe of a pathway; it doesn't change, since versions say that they were made by it."""

    pathway = models.ForeignKey(Pathway, on_delete=models.PROTECT, related_name="recipes")
    name = models.CharField(max_length=64, validators=[SLUG])
    recipe = models.JSONField()
    note = models.TextField(help_text="Where it comes from, and whether it is better than what.")
    search = models.OneToOneField(
        ParameterSearch, on_delete=models.PROTECT, related_name="winning_recipe"
    )
    created = models.DateTimeField(auto_now_add=True)
    created_by = models.CharField(max_length=150)

    class Meta:
        verbose_name = "named recipe"
        ordering = ["pathway", "name"]
        constraints = [
            models.UniqueConstraint(
                fields=["pathway", "name"], name="recipe_name_is_there_once_a_pathway"
            )
        ]

    def __str__(self) -> str:
        return f"{self.pathway} {self.name}"

    def to_value(self) -> Recipe:
        """The recipe as it is trained."""
        return Recipe.from_json(self.recipe)
