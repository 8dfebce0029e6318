"""What django-allauth's pages need from us on every request."""

from django.http import HttpRequest, HttpResponseBase
from django.template.response import SimpleTemplateResponse
from django.utils.deprecation import MiddlewareMixin


class OwnSiteNameMiddleware(MiddlewareMixin):
    """allauth's views put the host's name into `site`, which is the cinema in all our templates."""

    def process_template_response(self, request: HttpRequest, response: SimpleTemplateResponse) -> HttpResponseBase:
        if response.context_data:
            response.context_data.pop("site", None)
        return response
