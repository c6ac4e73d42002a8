"""Who is signed in: read, search, and end."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta
from ipaddress import ip_address
from typing import TYPE_CHECKING, Any

from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.core.exceptions import ValidationError
from django.db import router
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from tegata import events
from tegata._tegata import end_reasons, is_session_id
from tegata.internal import clock, sign_in_chart
from tegata.internal.newest import COUNT, among_newest
from tegata.internal.user_model import user_model
from tegata.models import Session, SessionQuerySet

if TYPE_CHECKING:
    _ModelAdmin = admin.ModelAdmin[Session]
else:
    _ModelAdmin = admin.ModelAdmin


# What chooses none of the sessions.
_PAGING = {"all", "o", "p"}
# How many sessions the list looks at.
_NEWEST = COUNT


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


class EndReasonFilter(admin.SimpleListFilter):
    """Sessions that have ended for one reason; one of the site's own can stand in the address."""

    title = _("end reason")
    parameter_name = "end_reason"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """The engine's reasons: which ones there are in the table would take long to find out."""
        return [(reason, reason) for reason in end_reasons()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """Applies the choice."""
        reason = self.value()
        return queryset if reason is None else _ended_because(queryset, reason)


class CreatedFilter(admin.SimpleListFilter):
    """Sessions that were opened lately."""

    title = _("created at")
    parameter_name = "created"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        """From when on."""
        return [
            ("today", _("Today")),
            ("week", _("Past 7 days")),
            ("month", _("This month")),
            ("year", _("This year")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Session]) -> QuerySet[Session]:
        """Applies the choice."""
        today = timezone.localtime(clock.now()).replace(hour=0, minute=0, second=0, microsecond=0)
        begins = {
            "today": today,
            "week": today - timedelta(days=7),
            "month": today.replace(day=1),
            "year": today.replace(month=1, day=1),
        }
        begin = begins.get(self.value() or "")
        return queryset if begin is None else queryset.filter(created_at__gte=begin)


@admin.register(Session)
class SessionAdmin(_ModelAdmin):
    """Read-only; selected sessions can be ended by who may change them.

    The list looks at the newest 10,000 sessions only: of all, of those with the chosen end reason,
    or of those that a whole user name, address or id finds.
    """

    list_display = (
        "user",
        "active",
        "end_reason",
        "ip_address",
        "device",
        "created_at",
        "updated_at",
        "user_agent_start",
    )
    list_filter = (ActiveFilter, EndReasonFilter, CreatedFilter)
    # A join could begin with all users; those of a page are loaded after it.
    list_select_related = ()
    search_fields = ("ip_address", "user_agent")
    search_help_text = _(
        "A whole user name, IP address or id, or a part of an address or user agent. "
        "Without a whole one, the newest 10,000 sessions are listed."
    )
    ordering = ("-created_at",)
    show_full_result_count = False
    actions = ("end_selected",)
    change_list_template = "tegata/admin/change_list.html"
    fields = readonly_fields = (
        "id",
        "user",
        "active",
        "created_at",
        "updated_at",
        "expired_at",
        "end_reason",
        "ip_address",
        "location",
        "device",
        "user_agent",
        "generation",
        "minted_at",
        "first_used_at",
        "data",
    )

    class Media:
        css = {"all": ["tegata/chart.css"]}

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The list, below a chart of the last weeks unless something is looked for."""
        context = dict(extra_context or {})
        if self.has_view_permission(request) and request.GET.keys() <= _PAGING:
            context["tegata_chart"] = sign_in_chart.chart(self.get_queryset(request))
        return super().changelist_view(request, context)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Session]:
        """All sessions."""
        return super().get_queryset(request).prefetch_related("user")

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Session], search_term: str
    ) -> tuple[QuerySet[Session], bool]:
        """What a search finds, among the newest sessions."""
        everything: QuerySet[Session] = SessionQuerySet(Session, using=queryset.db)
        if chosen := request.GET.get(str(EndReasonFilter.parameter_name)):
            everything = _ended_because(everything, chosen)
        named = _named(search_term, queryset.db)
        if named:
            everything, queryset = everything.filter(named), queryset.filter(named)
        else:
            queryset, _ = super().get_search_results(request, queryset, search_term)
        return among_newest(queryset, everything, _NEWEST), False

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """What the filters ask for; any other lookup could read the whole table."""
        names = {getattr(each, "parameter_name", None) for each in self.list_filter}
        return lookup in names

    def response_action(
        self, request: HttpRequest, queryset: QuerySet[Session], *args: Any, **kwargs: Any
    ) -> Any:
        """Runs the chosen action on the chosen sessions."""
        if any("\0" in id_ for id_ in request.POST.getlist(ACTION_CHECKBOX_NAME)):
            queryset = queryset.none()
        return super().response_action(request, queryset, *args, **kwargs)

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
        # The list may have been read from a replica.
        written = SessionQuerySet(Session, using=router.db_for_write(Session))
        with events.during(request):
            count = written.filter(pk__in=queryset.values("pk")).end("administrator")
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


def _ended_because(sessions: QuerySet[Session], reason: str) -> QuerySet[Session]:
    # PostgreSQL refuses such a text instead of finding nothing.
    if "\0" in reason:
        return sessions.none()
    # The index is that of the ended ones.
    return sessions.filter(end_reason=reason, expired_at__isnull=False)


def _named(term: str, alias: str) -> Q:
    """The sessions of which `term` is the whole id, address or user name; empty if of none."""
    named = Q()
    if not term:
        return named
    if is_session_id(term) and SessionQuerySet(Session, using=alias).filter(pk=term).exists():
        named |= Q(pk=term)
    with suppress(ValueError):
        named |= Q(ip_address=str(ip_address(term)))
    users = user_model()._base_manager.using(alias)
    # The column may be of any type, and the term of none that it takes.
    with suppress(ValueError, ValidationError):
        for user in users.filter(**{user_model().USERNAME_FIELD: term})[:1]:
            named |= Q(user=user)
    return named
