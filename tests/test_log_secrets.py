"""The log of a whole journey holds none of its secrets: no link, no token, no code, no password, no key."""

import logging
from io import StringIO

import pytest
from allauth.account.forms import default_token_generator
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.account.utils import user_pk_to_url_str
from allauth.account.views import PasswordResetFromKeyView
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from accounts.models import User
from accounts.notifications.unsubscribe_links import unsubscribe_url
from accounts.tests.factories import ManagerFactory
from accounts.tests.views.test_second_factor import SET_UP, code_of
from cinema.documents import feeds
from cinema.tests.factories import TicketFactory
from common.logging import setup
from common.logging.requests import describe_request

pytestmark = pytest.mark.django_db(transaction=True)
PASSWORD, NEW = "correct horse battery", "another long sentence"
JSON = "application/json"


@pytest.fixture(params=["json", "console"])
def log(request):
    """What is written to the log in this format, with every level on."""
    stream = StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(setup.formatter(request.param))
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def site():
    return Client(raise_request_exception=False)


class Journey:
    """A visit with a browser and a program, which remembers every secret that it meets."""

    def __init__(self, client):
        self.client = client
        self.secrets = [PASSWORD, NEW]

    def meet(self, secret):
        assert len(str(secret)) >= 6
        self.secrets.append(str(secret))
        return secret

    def call(self, method, path, body=None, **headers):
        call = getattr(self.client, method)
        return (
            call(f"/api/v1/{path}", body, content_type=JSON, headers=headers)
            if body
            else call(f"/api/v1/{path}", headers=headers)
        )

    def register(self):
        fields = {"username": "ana", "email": "ana@example.org", "password1": PASSWORD}
        self.client.post("/account/sign-up/", fields)
        self.user = User.objects.get(username="ana")
        address, _ = EmailAddress.objects.get_or_create(user=self.user, email=self.user.email, primary=True)
        key = self.meet(EmailConfirmationHMAC(address).key)
        self.link = f"/account/email/confirm/{key}/"
        assert self.client.get(self.link).status_code == 200
        self.client.post(self.link)
        assert EmailAddress.objects.get().verified

    def sign_in(self):
        self.client.post("/account/sign-out/")
        self.client.post("/account/sign-in/?next=/account/", {"login": "ana", "password": PASSWORD})
        self.meet(self.client.cookies["sessionid"].value)
        signed_in = self.call("post", "auth/login", {"username": "ana", "password": PASSWORD}).json()
        access = self.meet(signed_in["access"])
        assert self.call("get", "auth/me", Authorization=f"Bearer {access}").status_code == 200
        new = self.call("post", "auth/refresh", {"refresh": self.meet(signed_in["refresh"])}).json()
        self.meet(new["refresh"])
        self.call("get", f"movies?access_token={new['access']}", Authorization=f"Bearer {new['access']}x")

    def set_up_second_factor(self):
        self.client.post(f"/account/confirm/?next={SET_UP}", {"password": PASSWORD})
        secret = self.meet(self.client.get(SET_UP).context["form"].secret)
        self.client.post(SET_UP, {"code": self.meet(code_of(secret))})
        for code in self.client.get("/account/second-factor/recovery-codes/").context["unused_codes"]:
            self.meet(code)
        self.client.get("/account/second-factor/recovery-codes/download/")

    def look_at_tickets(self):
        ticket = TicketFactory(user=self.user)
        code = self.meet(ticket.code)
        dashed = self.meet("-".join(code[at : at + 4] for at in range(0, 16, 4)))
        for path in (f"/tickets/{code}/", f"/tickets/{dashed}/", f"/tickets/{code}/print/", f"/tickets/{code}x/"):
            self.client.get(path)
        assert self.call("get", f"tickets/{ticket.pk}/qr").status_code == 200
        feed = feeds.reset_address(self.user).rpartition("/")[2]
        self.meet(feed.removesuffix(".ics"))
        assert self.call("get", f"calendar/{feed}").status_code == 200
        leaving = "/" + unsubscribe_url(self.user).split("/", 3)[3]
        self.meet(leaving.rstrip("/").rpartition("/")[2])
        assert self.client.get(leaving).status_code == 200

    def reset_password(self):
        self.user.refresh_from_db()
        key = self.meet(default_token_generator.make_token(self.user))
        self.link = f"/account/password/reset/{user_pk_to_url_str(self.user)}-{key}/"
        form = self.client.get(self.link)["Location"]
        self.client.post(form, {"password1": NEW})
        self.client.get(self.link.rstrip("/") + "x")

    def go_astray(self):
        """Mistyped addresses, another site's answers, and requests that are refused before any view."""
        code, state = self.meet("code-of-a-provider"), self.meet("state-of-a-sign-in")
        self.client.get(f"/account/linked/oidc/oidc/login/callback/?code={code}&state={state}")
        self.client.get(f"/nowhere/{self.meet('mistyped-secret-1')}/?token={self.meet('a-token-in-a-query')}")
        self.call("get", f"nowhere/{self.meet('mistyped-secret-2')}")
        self.call("get", f"users?password__startswith={self.meet('guessed-hash')}")
        self.client.get(self.link, headers={"Host": "elsewhere.example"})
        assert Client(enforce_csrf_checks=True).post(self.link, {"password1": NEW}).status_code == 403

    def manage(self):
        manager = ManagerFactory()
        self.client.force_login(manager)
        self.client.get(f"/admin/accounts/user/?password__startswith={self.meet('guessed-hash-2')}")
        self.client.get(f"/admin/accounts/user/?q={self.meet('ana@example.org')}")
        upload = {"import_file": SimpleUploadedFile("films.csv", b"title\nHeat\n"), "format": "0"}
        self.client.post("/admin/movies/movie/import/", upload)
        self.client.post("/admin/movies/movie/export/", {"format": "0"})


def test_a_whole_journey_leaves_no_secret_in_the_log(log, site, settings):
    journey = Journey(site)
    settings.TMDB_API_KEY = journey.meet("0123456789abcdef0123456789abcdef")
    journey.register()
    journey.sign_in()
    journey.set_up_second_factor()
    journey.look_at_tickets()
    journey.reset_password()
    journey.go_astray()
    journey.manage()
    lines = log.getvalue()
    assert lines.count("request_finished") > 30
    for route in ("POST /account/email/confirm/<key>/", "/account/password/reset/", "GET /tickets/<code>/print/",
                  "/notifications/unsubscribe/<token>/", "/api/v1/calendar/<token>.ics", "GET <no route>"):  # fmt: skip
        assert route in lines
    assert [secret for secret in journey.secrets if secret in lines] == []


def test_a_view_that_breaks_says_nothing_of_its_address(log, site, monkeypatch):
    """The traceback quotes the address, and libraries hand the request itself to the log."""
    link, query = "/account/password/reset/1a-c8x7-0123456789abcdef/", "next=/movies/&token=secret-of-the-query"

    def broken(view, request, **arguments):
        logging.getLogger("some.library").error("Refused %s", request.path, extra={"request": request})
        raise RuntimeError(f"{request.get_full_path()} broke on {arguments['key']} and {request.GET['token']}")

    monkeypatch.setattr(PasswordResetFromKeyView, "dispatch", broken)
    assert site.get(f"{link}?{query}").status_code == 500
    lines = log.getvalue()
    assert "RuntimeError: /account/password/reset/<uidb36>-<key>/?<query> broke on <key> and <query>" in lines
    assert "Refused /account/password/reset/<uidb36>-<key>/" in lines
    assert "0123456789abcdef" not in lines
    assert "secret-of-the-query" not in lines


@pytest.mark.parametrize(
    ("path", "route"),
    [
        ("/", "/"),
        ("/movies/12-heat-1995/?page=2", "/movies/12-<slug>/"),
        ("/api/v1/movies/12/ratings", "/api/v1/movies/12/ratings"),
        ("/api/v1/users/7", "/api/v1/users/7"),
        ("/api/v1/movies/tt0113277", "/api/v1/movies/<imdb_id>"),
        ("/tickets/1234567890123456/", "/tickets/<code>/"),
        ("/admin/accounts/user/7/change/", "/admin/accounts/user/7/change/"),
        ("/admin/accounts/user/ana@example.org/change/", "/admin/accounts/user/<object_id>/change/"),
        ("/static/site.css?v=1", "/static/site.css"),
        ("/nowhere/secret/", "<no route>"),
        ("/api/v1/nowhere/secret", "/api/"),
    ],
)
def test_a_request_is_its_route_and_its_numbers(rf, path, route):
    assert describe_request(rf.get(path)) == f"GET {route}"
