import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from cinema.models import Room
from movies.models import Movie

pytestmark = pytest.mark.django_db


def test_nothing_is_loaded_without_confirmation():
    with pytest.raises(CommandError, match=r"accounts with a published password, to the database .+ Add --confirm"):
        call_command("load_demo")
    assert not Movie.objects.exists()


def test_a_catalogue_with_films_is_left_alone(capsys):
    Movie.objects.create(title="Ours")
    call_command("load_demo", "--confirm", "--if-empty")
    assert capsys.readouterr().out == ""
    assert (Movie.objects.count(), User.objects.count(), Room.objects.count()) == (1, 0, 0)
