"""Helpers that read the pages of the admin."""

import re
from html import unescape

from django.contrib.admin.models import LogEntry
from django.contrib.messages import get_messages


def messages_of(response):
    """Return the messages that the next page will show."""
    return [str(message) for message in get_messages(response.wsgi_request)._queued_messages]


def form_errors(response):
    """Return the errors of the form on the page, by field."""
    assert response.status_code == 200
    form = response.context["adminform"].form if "adminform" in response.context else response.context["form"]
    return {field: list(messages) for field, messages in form.errors.items()}


def page_text(response):
    """Return the text of the page, without its markup."""
    without_scripts = re.sub(r"(?s)<(script|style)\b.*?</\1>", " ", response.content.decode())
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", without_scripts)).split())


def action_data(action, *rows, **more):
    return {"action": action, "_selected_action": [row.pk for row in rows], **more}


def log_entries():
    return [
        (entry.action_flag, entry.object_repr, entry.get_change_message(), entry.user.username)
        for entry in LogEntry.objects.order_by("pk")
    ]


def query_counts(client, address, make, django_assert_max_num_queries):
    """Return how many queries the page takes with one row and with three; `make` adds one."""
    counts = []
    make()
    client.get(address)  # content types and the like are cached
    for more in (0, 2):
        for _ in range(more):
            make()
        with django_assert_max_num_queries(100) as queries:
            assert client.get(address).status_code == 200
        counts.append(len(queries))
    return counts
