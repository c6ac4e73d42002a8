"""Who is signed in: read, search, and end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tegata.internal.user_model import user_model
from tegata.models import Session, SessionQuerySet

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Session]
else:
    _ModelAdmin = admin.ModelAdmin


class ActiveFilter(admin.SimpleListFilter):
    """Sessions that can be used, or that cannot."""

    title = _("active")
    parameter_name = "active"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The two choices."""
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """Applies the choice."""
        sessions = SessionQuerySet(Session, using=queryset.db)
        if self.value() == "yes":
            return queryset & sessions.active()
        if self.value() == "no":
            return queryset & sessions.inactive()
        return queryset


@admin.register(Session)
class SessionAdmin(_ModelAdmin):
    """Read-only; selected sessions can be ended by who may change them."""

    list_display = (
        "user",
        "active",
        "ip_address",
        "user_agent_start",
        "created_at",
        "updated_at",
        "end_reason",
    )
    list_filter = (ActiveFilter, "end_reason", "created_at")
    list_select_related = ("user",)
    date_hierarchy = "created_at"
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ("end_selected",)
    fields = readonly_fields = (
        "id",
        "user",
        "active",
        "created_at",
        "updated_at",
        "expired_at",
        "end_reason",
        "ip_address",
        "user_agent",
        "generation",
        "minted_at",
        "first_used_at",
        "data",
    )

    def get_search_fields(self, request: HttpRequest) -> tuple[str, ...]:
        """User name, address, user agent, or the whole id."""
        username = user_model().USERNAME_FIELD
        return (f"user__{username}", "ip_address", "user_agent", "id__exact")

    @admin.display(boolean=True, description=_("active"))
    def active(self, session: Session) -> bool:
        """Whether the session can be used."""
        return session.is_active

    @admin.display(description=_("user agent"))
    def user_agent_start(self, session: Session) -> str:
        """As much of the user agent as fits a row."""
        return session.user_agent[:40]

    @admin.action(description=_("End selected sessions"), permissions=["end"])
    def end_selected(self, request: HttpRequest, queryset: QuerySet[Session]) -> None:
        """Ends the selected sessions."""
        chosen = SessionQuerySet(Session, using=queryset.db).filter(pk__in=queryset.values("pk"))
        count = chosen.end("administrator")
        text = ngettext("%d session ended.", "%d sessions ended.", count) % count
        self.message_user(request, text, messages.SUCCESS)

    def has_end_permission(self, request: HttpRequest) -> bool:
        """Ending needs the permission to change sessions."""
        user: Any = request.user
        return bool(user.has_perm("tegata.change_session"))

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Sessions are opened by logging in."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """Rows are written by the engine's statements."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Session | None = None) -> bool:
        """An end is kept until it is purged; but with its user, a session goes."""
        pages = f"{self.opts.app_label}_{self.opts.model_name}_"
        match = request.resolver_match
        # The page that deletes a user asks this for every session that goes along.
        return obj is not None and match is not None and not str(match.url_name).startswith(pages)
