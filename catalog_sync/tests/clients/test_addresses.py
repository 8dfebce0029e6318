import socket
import ssl
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from catalog_sync.clients.addresses import address_check_for, is_public
from catalog_sync.clients.errors import Unavailable
from catalog_sync.tests.fakes.images import FakeImages

PUBLIC = ["8.8.8.8", "2606:4700::6810:84e5", "::ffff:8.8.8.8", "64:ff9b::808:808", "2002:808:808::1"]
PRIVATE = [
    "127.0.0.1",
    "127.8.9.10",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "0.0.0.0",
    "224.0.0.1",
    "255.255.255.255",
    "192.0.2.1",
    "::1",
    "::",
    "fe80::1",
    "fd00::1",
    "fd00:ec2::254",
    "ff02::1",
    "::ffff:127.0.0.1",
    "::ffff:169.254.169.254",
    "64:ff9b::7f00:1",
    "64:ff9b::a9fe:a9fe",
    "2002:7f00:1::1",
    "2002:a9fe:a9fe::",
]


@pytest.mark.parametrize("address", PUBLIC)
def test_public(address):
    assert is_public(ip_address(address))


@pytest.mark.parametrize("address", PRIVATE)
def test_not_public(address):
    assert not is_public(ip_address(address))
    assert not address_check_for("image.tmdb.org")(ip_address(address))


def test_a_private_address_is_allowed_only_as_the_configured_host():
    assert address_check_for("127.0.0.1")(ip_address("127.0.0.1"))
    assert not address_check_for("127.0.0.1")(ip_address("127.0.0.2"))
    assert not address_check_for("127.0.0.1")(ip_address("169.254.169.254"))
    assert address_check_for("10.1.2.3")(ip_address("10.1.2.3"))
    assert not address_check_for("10.1.2.3")(ip_address("10.1.2.4"))
    assert address_check_for("localhost")(ip_address("::1"))
    assert not address_check_for("localhost")(ip_address("10.0.0.1"))
    assert not address_check_for("localhost.example")(ip_address("127.0.0.1"))
    assert address_check_for("::1")(ip_address("::1"))


@pytest.fixture
def resolved(monkeypatch):
    """Return a list of what names resolve to, in turn, the last one repeated; `names` are the resolved names."""

    class Resolver(list):
        names = []

        def resolve(self, host, port, *_args, **_options):
            if host.replace(".", "").isdigit():
                return real(host, port, type=socket.SOCK_STREAM)
            self.names.append(host)
            addresses = self.pop(0) if len(self) > 1 else self[0]
            if not addresses:
                raise socket.gaierror("no such name")
            family = {True: socket.AF_INET6, False: socket.AF_INET}
            return [(family[":" in at], socket.SOCK_STREAM, 6, "", (at, port)) for at in addresses]

    real, resolver = socket.getaddrinfo, Resolver()
    resolver.names = []
    monkeypatch.setattr(socket, "getaddrinfo", resolver.resolve)
    return resolver


@pytest.fixture
def named(fake_images, monkeypatch):
    """Return a client of the fake under a name; the fake's own address counts as private there."""
    monkeypatch.setitem(
        fake_images.running, fake_images.url.split("/")[2].replace("127.0.0.1", "img.example"), fake_images
    )
    fake_images.add_images(7)
    return fake_images.client(base_url=fake_images.url.replace("127.0.0.1", "img.example"))


@pytest.mark.parametrize("private", [["127.0.0.1"], ["::ffff:127.0.0.1"], ["10.0.0.1", "169.254.169.254"]])
def test_a_name_with_a_private_address_is_refused(fake_images, named, resolved, private):
    resolved.append(private)
    with pytest.raises(Exception, match="not at a public address") as refused:
        named.poster("/poster7.jpg")
    assert type(refused.value).__name__ == "Refused"
    assert (fake_images.requests, fake_images.slept) == ([], [])


def test_a_name_is_resolved_once_and_only_checked_addresses_are_used(fake_images, named, resolved, monkeypatch):
    """There is no second look-up, which would give another address; a private address is skipped."""
    here = ip_address("127.0.0.1")
    monkeypatch.setattr("catalog_sync.clients.addresses.is_public", lambda address: address == here)
    resolved.extend([["10.255.255.1", "127.0.0.1"], ["169.254.169.254"]])
    assert named.poster("/poster7.jpg").files
    assert resolved.names == ["img.example"]
    assert fake_images.requests[0].headers["Host"].startswith("img.example:")


def test_a_name_that_does_not_resolve_is_retried(named, resolved, fake_images):
    resolved.append([])
    with pytest.raises(Exception, match="could not be reached") as unreachable:
        named.poster("/poster7.jpg")
    assert type(unreachable.value).__name__ == "TransientFailure"
    assert len(fake_images.slept) == 3


@pytest.fixture
def certificate(tmp_path):
    """Return the file of a self-signed certificate for img.example, key included."""
    key = ec.generate_private_key(ec.SECP256R1())
    name, now = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "img.example")]), datetime.now(UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=1))
    made = made.add_extension(x509.SubjectAlternativeName([x509.DNSName("img.example")]), critical=False)
    made = made.add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
    file = tmp_path / "img.pem"
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))
    return str(file)


@pytest.mark.usefixtures("_no_waiting")
@pytest.mark.parametrize(("name", "trusted"), [("img.example", True), ("img.example", False), ("other.example", True)])
def test_the_certificate_is_checked_against_the_name(certificate, resolved, monkeypatch, name, trusted):
    monkeypatch.setattr("catalog_sync.clients.addresses.is_public", lambda _address: True)
    resolved.append(["127.0.0.1"])
    fake = FakeImages()
    fake.add_images(7)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    fake._server.socket = context.wrap_socket(fake._server.socket, server_side=True)
    fake.start()
    client = fake.client(base_url=fake.url.replace("http://127.0.0.1", f"https://{name}"))
    if trusted:
        client._session().verify = certificate
    try:
        if (name, trusted) == ("img.example", True):
            assert client.poster("/poster7.jpg").files
        else:
            with pytest.raises(Unavailable, match="could not be reached"):
                client.poster("/poster7.jpg")
            assert fake.requests == []
    finally:
        fake.stop()
