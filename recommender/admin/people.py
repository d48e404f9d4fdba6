"""People and their roles in the admin: a role is a group. For superusers."""

from typing import Any

from django.contrib import admin
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.models import Group, User
from django.db.models import Model
from django.http import HttpRequest
from unfold.admin import ModelAdmin
from unfold.forms import AdminPasswordChangeForm, UserChangeForm, UserCreationForm

from recommender.services import audit

admin.site.unregister(User)
admin.site.unregister(Group)


@admin.register(User)
class PersonAdmin(UserAdmin, ModelAdmin):  # type: ignore[type-arg]
    """Users; who changed whom goes into the audit chain."""

    form = UserChangeForm
    add_form = UserCreationForm
    change_password_form = AdminPasswordChangeForm
    list_filter = ("groups", "is_active", "is_staff")

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
