"""What views declare, and where it is found."""

import pytest
from django.views.generic import View
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ViewSet

from common.finished.declarations import Declaration, find_declaration, finished

FILMS = Declaration(("films",), for_signed_in=True, seconds=None)


class Films(ViewSet):
    @finished("films")
    def list(self, request):
        return Response([])

    def retrieve(self, request, pk):
        return Response({})


@finished("films")
class Whole(APIView):
    pass


class OneMethod(View):
    @finished("films")
    def get(self, request):
        return None


@finished("films", for_signed_in=False, seconds=5)
def page(request):
    return None


def test_actions_classes_methods_and_functions():
    assert find_declaration(Films.as_view({"get": "list"})) == FILMS
    assert find_declaration(Whole.as_view()) == FILMS
    assert find_declaration(OneMethod.as_view()) == FILMS
    assert find_declaration(page) == (("films",), False, 5, ())


@pytest.mark.parametrize(
    ("query", "is_served"),
    [
        (b"", True),
        (b"page=2&genre=drama", True),
        (b"query=rocky", False),
        (b"page=2&query=", False),
        (b"%71uer%79=rocky", False),
        (b"genre=query", False),  # it asks Django for nothing; that is no matter
    ],
)
def test_people_who_are_signed_in_ask_django_with_some_parameters(query, is_served):
    mark = finished("films", own_with=["query"])
    assert mark(lambda request: None).finished.serves_signed_in(query) is is_served
    assert not finished("films", for_signed_in=False)(lambda request: None).finished.serves_signed_in(query)


def test_what_declares_nothing():
    assert find_declaration(Films.as_view({"get": "retrieve"})) is None
    assert find_declaration(APIView.as_view()) is None
    assert find_declaration(lambda request: None) is None
