"""Middleware for the pages of django-allauth."""

from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.deprecation import MiddlewareMixin


class OwnSiteNameMiddleware(MiddlewareMixin):
    """Remove `site`, the host's name, which allauth's views set: in our templates `site` is the cinema."""

    def process_template_response(self, request: HttpRequest, response: SimpleTemplateResponse) -> HttpResponseBase:
        # An answer of the API has no such data, once it comes out of a cache.
        if context := getattr(response, "context_data", None):
            context.pop("site", None)
        return response
