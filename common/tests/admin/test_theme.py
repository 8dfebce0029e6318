"""What the admin looks like."""

import re

import pytest
from django.contrib.staticfiles import finders

from accounts.tests.factories import ManagerFactory


@pytest.mark.django_db
def test_the_admin_has_the_sites_icon(client):
    client.force_login(ManagerFactory())
    text = client.get("/admin/").content.decode()
    (icon,) = re.findall(r'<link rel="icon" href="/static/(favicon[^"]*)" type="image/svg\+xml"', text)
    assert icon.endswith(".svg")
    assert finders.find("favicon.svg")
