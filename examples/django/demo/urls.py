"""Addresses of the demo: the page, the admin and the API."""

from django.contrib import admin
from django.contrib.staticfiles.urls import staticfiles_urlpatterns
from django.urls import path
from django.views.generic import TemplateView

from demo.api import api
from demo.csp import same_origin_only
from demo.steps import TOTP_KEY_FOR_APPS

page = same_origin_only(
    TemplateView.as_view(
        template_name="index.html",
        extra_context={"demo_host": "django", "demo_totp_key": TOTP_KEY_FOR_APPS},
    )
)

urlpatterns = [
    path("", page, name="index"),
    path("admin/", admin.site.urls),
    path("api/", api.urls),
    # `runserver` does this by itself; an ASGI server such as uvicorn does not.
    *staticfiles_urlpatterns(),
]
