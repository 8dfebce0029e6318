"""What views declare, and where it is found."""

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
    assert find_declaration(page) == (("films",), False, 5)


def test_what_declares_nothing():
    assert find_declaration(Films.as_view({"get": "retrieve"})) is None
    assert find_declaration(APIView.as_view()) is None
    assert find_declaration(lambda request: None) is None
