"""No secret can be read through filters, orders, searches, popups and exports, in the admin and over the API."""

import json
import re

import pytest
from django.apps import apps
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Expression, F
from django.http import Http404
from django.urls import NoReverseMatch, URLPattern, get_resolver, reverse

from accounts.models import User
from accounts.tests.factories import ManagerFactory, UserFactory
from cinema.models import Ticket
from cinema.tests.factories import TicketFactory
from common.admin.base import ModelAdmin
from common.api.parameters import KnownParametersOnly
from common.api.views import openapi_document

pytestmark = pytest.mark.django_db

admin.autodiscover()  # which the site does when it imports its routes
ADMINS = sorted(admin.site._registry.values(), key=lambda each: each.model._meta.label)
SECRET = re.compile(r"password|secret|token|hash|session_key|session_data|^data$|^key$|sign_outs")
LOOKUPS = ("", "__exact", "__startswith", "__regex", "__contains", "__gt", "__lt", "__in", "__isnull", "__length")
DEPTH = 3  # relations that a path of the attack crosses


def name_of(model_admin):
    return model_admin.model._meta.label


def lists(model_admin):
    meta = model_admin.model._meta
    return reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")


def paths(model, depth=DEPTH, passed=()):
    """Every path from a row to a column, its own or one of related rows, with the column's name."""
    for field in model._meta.get_fields():
        name = field.name
        if not field.is_relation:
            yield "__".join((*passed, name)), name
        elif depth and field.related_model:
            yield from paths(field.related_model, depth - 1, (*passed, name))


def test_the_attack_knows_the_secrets():
    """The control: the paths reach what must stay secret, and Django's own rule would allow some of them."""
    secret = {path for path, name in paths(User, 1) if SECRET.search(name)}
    assert {"password", "sessions__refresh_hash", "authenticator__data", "usersession__session_key"} <= secret
    plain = admin.ModelAdmin(User, admin.site)
    assert plain.lookup_allowed("password__startswith", "a", None)


@pytest.mark.parametrize("model_admin", ADMINS, ids=name_of)
def test_no_path_to_a_secret_is_a_filter(model_admin, rf):
    assert isinstance(model_admin, ModelAdmin)
    request = rf.get("/")
    request.user = User(role="manager")
    allowed = {
        path + lookup
        for path, name in paths(model_admin.model)
        if SECRET.search(name)
        for lookup in LOOKUPS
        if model_admin.lookup_allowed(path + lookup, "a", request)
    }
    assert allowed == set()


@pytest.mark.parametrize("model_admin", ADMINS, ids=name_of)
def test_a_list_is_filtered_by_what_its_page_offers_only(model_admin, rf):
    """Also of what is not secret: an exact value or a choice, and none that is guessed letter by letter."""
    request = rf.get("/")
    request.user = User(role="manager")
    for path, _ in paths(model_admin.model, 1):
        for lookup in ("__startswith", "__regex", "__contains", "__gt", "__in"):
            assert not model_admin.lookup_allowed(path + lookup, "a", request)


@pytest.mark.parametrize("model_admin", ADMINS, ids=name_of)
def test_nothing_secret_is_shown_searched_or_sorted_by(model_admin):
    shown = [*model_admin.list_display, *model_admin.search_fields, *model_admin.linked_lookups]
    shown += [*(model_admin.ordering or ()), *map(str, model_admin.fields or ()), model_admin.date_hierarchy or ""]
    for method in model_admin.list_display:
        shown.append(str(getattr(getattr(model_admin, str(method), None), "admin_order_field", "")))
    for resource in getattr(model_admin, "resource_classes", ()):
        shown += resource().fields
    assert [text for text in shown if any(SECRET.search(part) for part in text.split("__"))] == []


@pytest.fixture(params=["manager", "superuser"])
def member(request):
    return ManagerFactory(is_superuser=request.param == "superuser")


@pytest.fixture
def staff(member, client):
    client.force_login(member)
    return client


@pytest.mark.parametrize(
    "query",
    [
        "password__startswith=argon2",
        "password=x",
        "password__regex=^argon2.*",
        "sessions__refresh_hash__startswith=a",
        "authenticator__data__icontains=a",
        "emailaddress__email__startswith=a",
        "email__startswith=a",
        "date_of_birth__lt=1990-01-01",
        "q=a&password__startswith=argon2",
        "o=1&password__startswith=argon2",
        "_to_field=password",
        "_popup=1&_to_field=email",
    ],
)
def test_the_hash_of_a_password_is_guessed_in_vain(staff, query):
    UserFactory()
    people = reverse("admin:accounts_user_changelist")
    assert staff.get(f"{people}?{query}").status_code == 400


def test_tickets_do_not_lead_to_their_holders_secrets(staff):
    ticket = TicketFactory()
    address = lists(admin.site._registry[Ticket])
    assert staff.get(f"{address}?user__password__startswith=argon2").status_code == 400
    assert staff.get(f"{address}?purchase__user__sessions__refresh_hash__startswith=a").status_code == 400
    for linked in (f"user__id__exact={ticket.user_id}", f"session__id__exact={ticket.session_id}"):
        assert staff.get(f"{address}?{linked}").status_code == 200


def test_a_page_is_not_found_by_another_column_than_its_id(staff):
    user = UserFactory()
    address = reverse("admin:accounts_user_change", args=[user.email])
    assert staff.get(f"{address}?_to_field=email").status_code == 400
    assert staff.get(reverse("admin:accounts_user_change", args=[user.pk])).status_code == 200


@pytest.mark.parametrize("order", ["99", "-99", "password", "0", "1.-1.x", "1;password"])
def test_the_order_is_that_of_a_column_of_the_list(staff, order):
    """`o` counts columns. Anything else is ignored."""
    response = staff.get(f"{reverse('admin:accounts_user_changelist')}?o={order}")
    assert response.status_code == 200
    assert "password" not in str(response.context["cl"].queryset.query.order_by)


@pytest.mark.parametrize("model_admin", ADMINS, ids=name_of)
def test_every_filter_that_is_offered_works(client, model_admin):
    client.force_login(ManagerFactory(is_superuser=True))
    TicketFactory()
    changes = client.get(lists(model_admin)).context["cl"]
    queries = [choice["query_string"] for spec in changes.filter_specs for choice in spec.choices(changes)]
    if model_admin.date_hierarchy:
        queries.append(f"?{model_admin.date_hierarchy}__year=2026&{model_admin.date_hierarchy}__month=2")
    for query in queries:
        assert client.get(lists(model_admin) + query).status_code == 200, query


def test_a_search_box_answers_ids_and_names(staff, member, rf):
    """Whatever relation of whatever model it is asked about, `id` is the key of a row that the person may see."""
    TicketFactory()
    address = reverse("admin:autocomplete")
    allowed = {"app_label": "cinema", "model_name": "ticket", "field_name": "session"}
    assert staff.get(address, allowed).status_code == 200
    assert staff.get(address, allowed | {"field_name": "code"}).status_code == 403

    def ask(query):
        """Ask the view itself: to render the page of a refusal takes ten times as long."""
        request = rf.get(address, query)
        request.user = member
        try:
            return json.loads(admin.site.autocomplete_view(request).content)["results"]
        except (PermissionDenied, Http404):
            return None

    answered = 0
    for model in apps.get_models():
        for field in [*model._meta.fields, *model._meta.many_to_many]:
            asked = {"app_label": model._meta.app_label, "model_name": model._meta.model_name, "field_name": field.name}
            rows = ask(asked)
            if rows is not None:
                answered += 1
                ids = {row["id"] for row in rows}
                keys = field.remote_field.model._default_manager.values_list("pk", flat=True)
                assert ids <= {str(key) for key in keys}
                attack = {"password__startswith": "argon2", "term": "argon2"}
                assert ask(asked | attack) == []
    assert answered


def test_the_exports_name_their_columns(staff):
    """No model but the films has an export, and it holds no person's columns."""
    exports = []
    for model_admin in ADMINS:
        try:
            meta = model_admin.model._meta
            exports.append(reverse(f"admin:{meta.app_label}_{meta.model_name}_export"))
        except NoReverseMatch:
            continue
    assert exports == [reverse("admin:movies_movie_export")]
    assert staff.get(f"{exports[0]}?owner__password__startswith=argon2").status_code == 400


# --- The API ---------------------------------------------------------------------------------------


def api_views(patterns=None, prefix=""):
    for pattern in get_resolver().url_patterns if patterns is None else patterns:
        route = prefix + str(pattern.pattern)
        if not isinstance(pattern, URLPattern):
            yield from api_views(pattern.url_patterns, route)
        elif route.startswith("api/v1/") and (view := getattr(pattern.callback, "cls", None)):
            yield view


def test_every_view_of_rows_knows_its_parameters():
    """The rest read no parameters: the health, the metrics, the API's document and its page."""
    unguarded = {view.__module__ for view in api_views() if not issubclass(view, KnownParametersOnly)}
    assert unguarded == {"common.api.views", "common.finished.metrics", "common.health.views"}


def names_in(expression):
    if isinstance(expression, F):
        return [expression.name]
    parts = (part for part in expression.get_source_expressions() if isinstance(part, Expression | F))
    return [name for part in parts for name in names_in(part)]


def test_no_filter_and_no_order_of_the_api_reads_a_secret():
    used = set()
    for view in api_views():
        used |= {name for expression in getattr(view, "orderings", {}).values() for name in names_in(expression)}
        if filterset := getattr(view, "filterset_class", None):
            assert not filterset._meta.fields  # a list of columns would bring lookups of its own
            used |= {each.field_name or name for name, each in filterset.base_filters.items()}
    assert len(used) > 5
    assert [name for name in used if any(SECRET.search(part) for part in name.split("__"))] == []


def test_no_answer_of_the_api_has_a_secret():
    """Neither has `fields=` then: it chooses among what is answered."""
    schemas = openapi_document("config.urls")["components"]["schemas"]
    answers = {
        name: set(schema.get("properties", {})) for name, schema in schemas.items() if not name.endswith("Request")
    }
    secret = {f"{name}.{field}" for name, fields in answers.items() for field in fields if SECRET.search(field)}
    assert secret == set()


@pytest.mark.parametrize(
    "query", ["password__startswith=argon2", "ordering=password", "fields=password", "email=a", "ordering=-password"]
)
@pytest.mark.parametrize("route", ["user-list", "ticket-list", "notification-list"])
def test_managers_do_not_guess_over_the_api(staff, route, query):
    response = staff.get(f"{reverse(f'v1:{route}')}?{query}")
    assert (response.status_code, response.json()["code"]) == (400, "validation_failed")
    assert response.json()["errors"][0]["field"] == query.partition("=")[0]
