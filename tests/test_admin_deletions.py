"""Deleting in the admin: for each model it works, is refused with a sentence, or is not offered."""

import pytest
from django.contrib import admin
from django.contrib.messages import get_messages
from django.urls import reverse

from accounts.tests.factories import ManagerFactory
from tests.test_admin import MODELS, rows

__all__ = ["rows"]

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("who", ["manager", "superuser"])
@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_a_deletion_that_is_offered_works_or_says_why_not(client, rows, model, who):
    viewer = ManagerFactory(is_superuser=who == "superuser")
    client.force_login(viewer)
    name = f"admin:{model._meta.app_label}_{model._meta.model_name}"
    listed = admin.site.get_model_admin(model).get_queryset(client.get("/").wsgi_request)
    row = next(row for row in listed if row != viewer)
    address = reverse(f"{name}_delete", args=[row.pk])
    page = client.get(reverse(f"{name}_change", args=[row.pk]))
    if page.status_code == 403 or address not in page.content.decode():
        assert client.get(address).status_code == 403
        assert client.post(address, {"post": "yes"}).status_code == 403
        return
    assert "your account doesn\u2019t have permission" not in client.get(address).content.decode()
    answer = client.post(address, {"post": "yes"})
    assert answer.status_code == 302
    said = [message.level_tag for message in get_messages(answer.wsgi_request)]
    assert said == (["error"] if model._default_manager.filter(pk=row.pk).exists() else ["success"])
