import pytest

from accounts.sign_in import tokens


@pytest.fixture
def ask(client, ana):
    """Return a function that sends a request of Ana, or of `user`."""

    def send(method, path, data=None, user=ana, **options):
        headers = {"Authorization": f"Bearer {tokens.open_sign_in(user).access}"} | options.pop("headers", {})
        return getattr(client, method)(path, data, headers=headers, **options)

    return send
