"""The Content-Security-Policy the demo page is served with."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest
from django.http.response import HttpResponseBase

# Spelled out where `default-src` has no say: framing, form targets and `<base>`.
POLICY = "default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"


def same_origin_only(
    view: Callable[..., HttpResponseBase],
) -> Callable[..., HttpResponseBase]:
    """Make a view's page load nothing but this site's own files.

    Tokens lie in cookies that no script can read, but a script injected into the
    page could still act with them; with this policy the browser refuses to run one.

    Args:
        view: The view to wrap.

    Returns:
        The same view, its responses carrying the policy.
    """

    @wraps(view)
    def wrapped(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        response.headers["Content-Security-Policy"] = POLICY
        return response

    return wrapped
