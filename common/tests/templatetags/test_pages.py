from django.core.paginator import Paginator

from common.templatetags.pages import page_numbers


def test_page_numbers_are_elided():
    page = Paginator(range(500), 10).page(25)
    assert list(page_numbers(page)) == [1, Paginator.ELLIPSIS, 24, 25, 26, Paginator.ELLIPSIS, 50]
