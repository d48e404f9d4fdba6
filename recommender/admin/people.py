"""People and their roles in the admin: a role is a group. For superusers."""

from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from recommender.services import audit

admin.site.unregister(User)
admin.site.unregister(Group)

ROLES = "Roles"
DESK = "May open this desk"


class PersonForm(UserChangeForm):
    """A person; what the groups allow is said beside them."""

    class Meta(UserChangeForm.Meta):
        labels = {"groups": ROLES, "is_staff": DESK}
        help_texts = {
            "groups": "clinician: reviews. dataset_admin: data, training, versions, rules. "
            "auditor: the audit chain. ehr_client: a program, not a person.",
            "is_staff": "Clinicians don't need it: they work on the review pages.",
        }


class NewPersonForm(UserCreationForm):
    """A new person, with their roles from the start."""

    groups = forms.ModelMultipleChoiceField(
        Group.objects.order_by("name"),
        required=False,
        label=ROLES,
        widget=forms.CheckboxSelectMultiple,
    )


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Users; who changed whom goes into the audit chain."""

    form = PersonForm
    add_form = NewPersonForm
    change_password_form = AdminPasswordChangeForm
    list_display = ("username", "first_name", "last_name", "roles", "is_active", "last_login")
    list_filter = ("groups", "is_active", "is_staff", "is_superuser")
    fieldsets = (
        (None, {"fields": ("username", "password")}),
        ("Who it is", {"fields": ("first_name", "last_name", "email")}),
        (
            "What they may do",
            {"fields": ("groups", "is_active", "is_staff", "is_superuser")},
        ),
        ("Dates", {"fields": ("last_login", "date_joined")}),
    )
    add_fieldsets = (
        (
            None,
            {
                "fields": (
                    "username", "usable_password", "password1", "password2", "groups", "is_staff",
                )
            },
        ),
    )  # fmt: skip
    readonly_fields = ("last_login", "date_joined")

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """With their roles at hand."""
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description="roles")
    def roles(self, person: User) -> str:
        """The roles, by name; a superuser is said to be one."""
        names = sorted(group.name for group in person.groups.all())
        return ", ".join([*names, *(["superuser"] if person.is_superuser else [])]) or "none"

    def save_related(
        self,
        request: HttpRequest,
        form: Any,  # noqa: ANN401
        formsets: Any,  # noqa: ANN401
        change: bool,
    ) -> None:
        """Keep the groups, and write down what roles the person has now."""
        super().save_related(request, form, formsets, change)
        person: User = form.instance
        names = person.groups.order_by("name").values_list("name", flat=True)
        audit.record(
            action="user.changed" if change else "user.created",
            target=person.username,
            version=" ".join(names)[:200],
            by=request.user.get_username(),
        )

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A person who leaves is made inactive; the audit chain keeps the name."""
        del request, obj
        return False


@admin.register(Group)
class RoleAdmin(GroupAdmin, ModelAdmin):
    """Groups; the four roles are groups of their names."""

    list_display = ("name", "members")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        """With their members at hand."""
        return super().get_queryset(request).prefetch_related("user_set")

    @admin.display(description="members")
    def members(self, role: Group) -> str:
        """Who has the role."""
        return ", ".join(sorted(person.username for person in role.user_set.all())) or "nobody"
