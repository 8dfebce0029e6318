"""The production shape: settings that refuse to start half-configured, and the files that deploy them."""

import ast
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml
from django.conf import settings

from tests.settings_process import load_settings

ROOT = Path(settings.BASE_DIR)
SECRET = "a-random-text-of-more-than-32-characters"
GOOD = {
    "SECRET_KEY": SECRET,
    "PUBLIC_URL": "https://cinema.example",
    "DATABASE_URL": "postgresql://nobody@127.0.0.1:1/none",
    "REDIS_URL": "redis://127.0.0.1:1/0",
    "ENV_FILE": os.devnull,
    "MARQUEE_VAR": "/nonexistent",
    "PATH": os.environ["PATH"],
}


def started(**changes):
    """(exit code, output, last line of the errors) of a process that loads the settings with this environment."""
    environment = {"SHOW": "DEBUG"} | GOOD | changes
    return load_settings({name: value for name, value in environment.items() if value is not None})


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY is missing or too weak"),
        ({"SECRET_KEY": ""}, "SECRET_KEY is missing or too weak"),
        ({"SECRET_KEY": "short"}, "SECRET_KEY is missing or too weak"),
        ({"SECRET_KEY": "django-insecure-" + SECRET}, "SECRET_KEY is missing or too weak"),
        ({"DATABASE_URL": None}, "DATABASE_URL is not set: start `make run` in another terminal"),
        ({"REDIS_URL": None}, "REDIS_URL is not set: start `make run` in another terminal"),
        ({"PUBLIC_URL": "cinema.example"}, "PUBLIC_URL must be an address such as https://cinema.example"),
        ({"TMDB_REQUESTS_PER_SECOND": "0"}, "TMDB_REQUESTS_PER_SECOND"),
        ({"LOG_FORMAT": "xml"}, "LOG_FORMAT"),
        ({"CACHE_TTL": "long"}, "CACHE_TTL"),
        ({"THROTTLE_ANON": "fast"}, "'fast' is no rate: write it as 100/min"),
        ({"THROTTLE_USER": "100"}, 'Environment variable "THROTTLE_USER" invalid'),
        ({"THROTTLE_LOGIN": "0/min"}, 'Environment variable "THROTTLE_LOGIN" invalid'),
        ({"THROTTLE_PURCHASE": "often"}, "'often' is no rate: write it as 100/min"),
        ({"THROTTLE_REFUSED": "never"}, "'never' is no rate: write it as 100/min"),
        ({"THROTTLE_COSTS": "search=fast"}, "'fast' is no rate: write it as 100/min"),
        ({"THROTTLE_COSTS": "sleep=1/min"}, "'sleep' is no cost: use documents, pictures, imports"),
        ({"TRUSTED_PROXY_COUNT": "-1"}, "TRUSTED_PROXY_COUNT"),
        ({"CINEMA_TIME_ZONE": "Mars/Base"}, 'Environment variable "CINEMA_TIME_ZONE" invalid'),
        ({"CINEMA_TIME_ZONE": "europe/vienna"}, "'europe/vienna' is no known time zone"),
        ({"CINEMA_TIME_ZONE": "localtime"}, "'localtime' is no known time zone"),
        ({"CINEMA_TIME_ZONE": ""}, "'' is no known time zone"),
        ({"ADVERTISEMENT_MINUTES": "121"}, "ADVERTISEMENT_MINUTES"),
        ({"TICKETS_PER_CUSTOMER": "0"}, "TICKETS_PER_CUSTOMER"),
        ({"SALES_GRACE_MINUTES": "241"}, "SALES_GRACE_MINUTES"),
        ({"HOLD_MINUTES": "11"}, "HOLD_MINUTES"),
        ({"HOLD_MINUTES_PER_HOUR": "0"}, "HOLD_MINUTES_PER_HOUR"),
        ({"UNCONFIRMED_TICKETS": "-1"}, "UNCONFIRMED_TICKETS"),
        ({"UNCONFIRMED_MAILS": "0"}, "UNCONFIRMED_MAILS"),
        ({"SEATS_PER_ADDRESS": "many"}, "SEATS_PER_ADDRESS"),
        ({"WAITING_OFFER_MINUTES": "0"}, "WAITING_OFFER_MINUTES"),
        ({"CHECK_IN_OPENS_MINUTES": "-1"}, "CHECK_IN_OPENS_MINUTES"),
        ({"CORS_ORIGINS": "*"}, "'*' is no origin: write each as https://app.example"),
        ({"CORS_ORIGINS": "https://a.example/,https://b.example"}, "'https://a.example/' is no origin"),
        ({"CORS_ORIGINS": "https://a.example,b.example"}, "'b.example' is no origin"),
        ({"CORS_ORIGINS": "null"}, "'null' is no origin"),
        ({"CORS_ORIGINS": "https://user@a.example"}, "is no origin"),
        ({"CORS_ORIGINS": "https://a.example:port"}, "is no origin"),
    ],
)
def test_a_start_that_cannot_go_well_ends_with_a_sentence_that_names_the_variable(changes, sentence):
    code, _, error = started(**changes)
    assert code == 1
    assert sentence in error


def test_everything_that_must_agree_follows_from_the_public_address():
    names = ["DEBUG", "ALLOWED_HOSTS", "CSRF_TRUSTED_ORIGINS", "SESSION_COOKIE_SECURE", "CSRF_COOKIE_SECURE",
             "SECURE_SSL_REDIRECT", "SECURE_HSTS_SECONDS", "SECURE_PROXY_SSL_HEADER"]  # fmt: skip
    hosts = ["127.0.0.1", "[::1]", "cinema.example", "localhost"]
    code, shown, _ = started(SHOW=",".join(names))
    https = dict(zip(names, [False, hosts, ["https://cinema.example"], True, True, True, 31_536_000,
                             ("HTTP_X_FORWARDED_PROTO", "https")], strict=True))  # fmt: skip
    assert (code, shown) == (0, str(https))
    code, shown, _ = started(SHOW=",".join(names), PUBLIC_URL="http://cinema.example:8080/")
    http = dict(zip(names, [False, hosts, ["http://cinema.example:8080"], False, False, False, 0, None], strict=True))
    assert (code, shown) == (0, str(http))


def test_cookies_are_bound_to_the_host_where_the_site_has_https():
    names = "SESSION_COOKIE_NAME,CSRF_COOKIE_NAME,REFRESH_COOKIE_NAME,COOKIE_PREFIX"
    _, shown, _ = started(SHOW=names)
    assert list(ast.literal_eval(shown).values()) == [
        "__Host-sessionid", "__Host-csrftoken", "__Secure-marquee_refresh", "__Host-",
    ]  # fmt: skip
    _, shown, _ = started(SHOW=names, PUBLIC_URL="http://127.0.0.1:8000")
    assert list(ast.literal_eval(shown).values()) == ["sessionid", "csrftoken", "marquee_refresh", ""]
    _, shown, _ = started(SHOW="SESSION_COOKIE_DOMAIN,SESSION_COOKIE_PATH,CSRF_COOKIE_DOMAIN,CSRF_COOKIE_PATH")
    assert list(ast.literal_eval(shown).values()) == [None, "/", None, "/"]  # what the prefix demands


def test_managers_need_a_second_factor_unless_the_environment_says_otherwise():
    for changes, required in (({}, True), ({"REQUIRE_SECOND_FACTOR": "False"}, False), ({"DEBUG": "True"}, False)):
        _, shown, _ = started(SHOW="REQUIRE_SECOND_FACTOR", **changes)
        assert ast.literal_eval(shown) == {"REQUIRE_SECOND_FACTOR": required}


def test_the_pages_follow_the_cinema_s_clock():
    code, shown, _ = started(SHOW="TIME_ZONE,CELERY_TIMEZONE", CINEMA_TIME_ZONE="Asia/Kolkata")
    assert (code, shown) == (0, "{'TIME_ZONE': 'Asia/Kolkata', 'CELERY_TIMEZONE': 'UTC'}")


def test_other_sites_are_named_one_by_one():
    code, shown, _ = started(SHOW="CORS_ALLOWED_ORIGINS", CORS_ORIGINS="https://a.example, http://localhost:3000")
    assert (code, shown) == (0, "{'CORS_ALLOWED_ORIGINS': ['https://a.example', 'http://localhost:3000']}")


def test_a_bucket_moves_the_files_to_s3():
    code, shown, _ = started(SHOW="STORAGES", S3_BUCKET="posters", S3_CUSTOM_DOMAIN="img.cinema.example")
    assert code == 0
    assert "storages.backends.s3.S3Storage" in shown
    code, shown, _ = started(SHOW="CONTENT_SECURITY_POLICY", S3_BUCKET="posters", S3_CUSTOM_DOMAIN="img.cinema.example")
    assert "'img-src': [\"'self'\", 'data:', 'https://img.cinema.example']" in shown


def test_posters_may_be_shown_from_the_bucket_itself():
    code, shown, _ = started(SHOW="CONTENT_SECURITY_POLICY", S3_BUCKET="posters", S3_ENDPOINT_URL="http://s3:8333/")
    assert code == 0
    assert "'img-src': [\"'self'\", 'data:', 'http://s3:8333']" in shown


@pytest.fixture(scope="module")
def compose():
    return yaml.safe_load((ROOT / "docker-compose.yml").read_text())


def test_compose_has_the_production_shape(compose):
    services = compose["services"]
    ours, stores = {"web", "realtime", "migrate", "worker", "jobs", "beat"}, {"postgres", "cache", "broker", "s3"}
    assert set(services) == {"proxy"} | ours | stores
    assert "noeviction" in services["broker"]["command"]
    assert "allkeys-lru" in services["cache"]["command"]
    assert [name for name, service in services.items() if "ports" in service] == ["proxy"]
    for service in services.values():
        for needed in service.get("depends_on", {}):
            assert needed in services
    named = {volume.split(":")[0] for service in services.values() for volume in service.get("volumes", [])}
    assert {name for name in named if not name.startswith(".")} == set(compose["volumes"])


def test_compose_hands_every_process_what_the_settings_demand(compose):
    for name in ("web", "realtime", "worker", "jobs", "beat", "migrate"):
        assert {"SECRET_KEY", "PUBLIC_URL", "DATABASE_URL", "REDIS_URL", "BROKER_URL"} <= set(
            compose["services"][name]["environment"]
        )


def test_the_proxy_lets_no_client_name_its_own_address(compose):
    """Headers with an underscore would reach the web process under the name of those that the proxy writes."""
    assert compose["services"]["web"]["environment"]["TRUSTED_PROXY_COUNT"] == 1
    assert "\trequest_header -*_*\n" in (ROOT / "deploy" / "Caddyfile").read_text()


def test_no_log_of_the_deployment_quotes_an_address_or_a_row(compose):
    """Addresses open things; the site's own log names routes, and granian's access log is off."""
    commands = [(ROOT / "Procfile").read_text(), (ROOT / "Dockerfile").read_text(), str(compose)]
    assert not any("access-log" in text or "GRANIAN_LOG" in text for text in commands)
    options = (ROOT / "deploy" / "Caddyfile").read_text().partition("{$PUBLIC_URL} {")[0]
    for field in ("request>uri", "request>headers", "resp_headers"):
        assert f"\t{field} delete\n" in options
    postgres = compose["services"]["postgres"]["command"]
    assert {"log_error_verbosity=terse", "log_min_error_statement=panic"} <= set(postgres)


def test_the_proxy_sends_every_request_of_a_socket_to_one_process(compose):
    """Long-polling is several requests; the realtime process runs the Procfile's command, but for its address."""
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    block = caddyfile[caddyfile.index("handle /socket.io/* {") :]
    assert block.split()[3:9] == ["reverse_proxy", "{", "dynamic", "a", "realtime", "8001"]
    assert block.split()[9:12] == ["lb_policy", "client_ip_hash", "transport"]
    command = everywhere("realtime", "8001")
    assert compose["services"]["realtime"]["command"] == command
    assert command[command.index("--workers") + 1] == "1"


def test_the_image_runs_what_make_run_runs_with_two_workers():
    (command,) = re.findall(r"^CMD (\[.*\])", (ROOT / "Dockerfile").read_text().replace("\\\n", ""), re.MULTILINE)
    expected = everywhere("web", "8000")
    expected[expected.index("--workers") + 1] = "2"
    assert json.loads(command) == expected


def everywhere(name, port):
    """Return the Procfile's command of a process, on this port of every address."""
    (command,) = re.findall(rf"^{name}: exec (.*)$", (ROOT / "Procfile").read_text(), re.MULTILINE)
    return re.sub(r"\$\w+", port, command.replace("127.0.0.1", "0.0.0.0")).split()


def test_idle_connections_end_at_the_proxy_before_they_end_at_our_processes():
    """A request on a connection that is just being closed would be lost."""
    caddyfile = (ROOT / "deploy" / "Caddyfile").read_text()
    assert re.findall(r"keepalive (\w+)", caddyfile) == ["5s", "5s"]
    assert caddyfile.count("{") == caddyfile.count("}")
    for name in ("web", "realtime"):
        command = everywhere(name, "1")
        assert command[command.index("--http1-header-read-timeout") + 1] == "10000"  # milliseconds


def test_every_queue_has_a_worker_and_no_worker_has_them_all(compose):
    names = {queue.name for queue in settings.CELERY_TASK_QUEUES}
    commands = [compose["services"][name]["command"] for name in ("worker", "jobs")]
    for procfile in ("Procfile", "Procfile.dev"):
        lines = [line.split() for line in (ROOT / procfile).read_text().splitlines()]
        for started in (commands, [line for line in lines if "worker" in line]):
            taken = [set(command[command.index("--queues") + 1].split(",")) for command in started]
            assert set.union(*taken) == names
            assert set.intersection(*taken) == set()
            # What may last hours takes no process from what lasts seconds.
            assert not any({"mail", "sweeps"} & queues and {"jobs", "sync"} & queues for queues in taken)


def test_compose_is_valid_to_docker_where_there_is_one(compose):
    """The client's own verdict; where no client has compose, at least every variable that it demands is documented."""
    values = {"SECRET_KEY": SECRET, "PUBLIC_URL": "https://cinema.example", "POSTGRES_PASSWORD": "p",
              "S3_ACCESS_KEY_ID": "k", "S3_SECRET_ACCESS_KEY": "s"}  # fmt: skip
    for client in (["docker", "compose"], ["docker-compose"]):
        available = (
            shutil.which(client[0]) and subprocess.run([*client, "version"], capture_output=True).returncode == 0
        )
        if available:
            done = subprocess.run(
                [*client, "config", "--quiet"], cwd=ROOT, env=os.environ | values, capture_output=True, text=True
            )
            assert done.returncode == 0, done.stderr
    text = (ROOT / "docker-compose.yml").read_text()
    demanded = {part.split(":?")[0] for part in text.split("${")[1:] if ":?" in part.split("}")[0]}
    assert demanded == set(values)
