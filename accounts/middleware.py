"""Middleware for the pages of django-allauth, and for what scripts may know of a sign-in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.deprecation import MiddlewareMixin

from common.finished.declarations import is_asked_for_everybody
from common.finished.questions import MANAGES

SIGNED_IN_COOKIE = f"{settings.COOKIE_PREFIX}signed_in"


class OwnSiteNameMiddleware(MiddlewareMixin):
    """Remove `site`, the host's name, which allauth's views set: in our templates `site` is the cinema."""

    def process_template_response(self, request: HttpRequest, response: SimpleTemplateResponse) -> HttpResponseBase:
        # An answer of the API has no such data, once it comes out of a cache.
        if context := getattr(response, "context_data", None):
            context.pop("site", None)
        return response


class SignedInCookieMiddleware:
    """Keep the cookie that tells our scripts that someone is signed in, and the theme that they chose.

    Of managers it tells so as well: the front looks them up then (see `common.finished.questions`). It has no secrets
    and opens nothing; static/common/visitor.js reads it. Answers that did not ask who is signed in stay as they are.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self._get_response(request)
        is_public = response.headers.get("Cache-Control", "").startswith("public")
        if is_asked_for_everybody(request) or is_public or response.status_code >= 500:
            return response
        present = request.COOKIES.get(SIGNED_IN_COOKIE)
        if request.session.accessed or (present and settings.SESSION_COOKIE_NAME not in request.COOKIES):
            self._correct(request, response, present)
        return response

    @staticmethod
    def _correct(request: HttpRequest, response: HttpResponseBase, present: str | None) -> None:
        user = request.user
        wanted = f"{user.theme}{MANAGES if user.is_staff else ''}" if user.is_authenticated else None
        if wanted is None and present is not None:
            response.delete_cookie(SIGNED_IN_COOKIE, samesite="Lax")
        elif wanted is not None and wanted != present:
            age = None if request.session.get_expire_at_browser_close() else request.session.get_expiry_age()
            response.set_cookie(
                SIGNED_IN_COOKIE, wanted, max_age=age, secure=settings.SESSION_COOKIE_SECURE, samesite="Lax"
            )
