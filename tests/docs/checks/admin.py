"""What docs/guides/admin.md says."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Permission
from django.test import Client

from tegata.models import Session
from tests.docs.checks.helpers import log_in, new_user

pytestmark = pytest.mark.django_db
LIST = "/admin/tegata/session/"


def page(client: Client) -> str:
    """The list."""
    answer = client.get(LIST)
    assert answer.status_code == 200
    return answer.content.decode()


def test_out_of_the_box(admin_client: Client) -> None:
    new_user()
    log_in()
    shown = page(admin_client)
    assert "<strong>1</strong> in 28 days" in shown
    assert "The numbers" in shown
    session = Session.objects.get()
    admin_client.post(LIST, {"action": "end_selected", "_selected_action": session.pk})
    assert Session.objects.get().end_reason == "administrator"


def test_changed(admin_client: Client) -> None:
    boss = new_user("boss", is_superuser=True)
    Session.objects.create(user=boss)
    new_user()
    log_in()
    assert "<strong>2</strong> in 28 days" in page(admin_client)

    support = new_user("support", is_staff=True)
    of_tegata = Permission.objects.filter(content_type__app_label="tegata")
    support.user_permissions.add(of_tegata.get(codename="view_session"))
    client = Client()
    client.force_login(support)
    shown = page(client)
    assert "<strong>1</strong> in 28 days" in shown
    assert "alice" in shown
    assert "boss" not in shown
