"""Tickets on paper, read back with another library than the one that made them."""

from datetime import timedelta
from io import BytesIO

import pypdfium2
import pytest
import zxingcpp
from django.utils import timezone
from pypdf import PdfReader

from cinema.documents import fonts, pdf
from cinema.models import Ticket
from cinema.tests.factories import HeldTicketFactory, TicketFactory
from movies.tests.factories import MovieFactory

pytestmark = pytest.mark.django_db


def pages(document):
    # pypdf reads each East Asian sign with an empty one before it; other readers don't.
    return [page.extract_text().replace("\0", "") for page in PdfReader(BytesIO(document)).pages]


def titled(ticket, title):
    ticket.session.movie.title = title
    return ticket


def together(text):
    """Some readers put blanks between East Asian signs."""
    return "".join(text.split())


@pytest.fixture
def several(ticket):
    """Four tickets of one purchase, A1 the first."""
    more = [TicketFactory(user=ticket.user, session=ticket.session, purchase=ticket.purchase) for _ in range(3)]
    return [*more, ticket]


def test_everything_that_one_needs_is_on_it(ticket):
    (text,) = pages(pdf.of_tickets([ticket]))
    assert [line.strip() for line in text.splitlines()] == [
        "Roxy",
        "The Mirror",
        "Saturday 21 November 2026",
        "20:15",
        "Room",
        "2",
        "Seat",
        "B7",
        "Age",
        "From 16 years",
        "Great Hall, Ana Beispiel",
        "ABCD-EFGH-JKMN-PQRS",
        "Seat B7. Show this at the entrance.",
    ]


def test_a_person_without_a_name_has_a_username_and_a_film_for_all_no_age(ticket):
    ticket.user.name, ticket.session.room.name, ticket.session.movie.age_restriction = "", "", 0
    (text,) = pages(pdf.of_tickets([ticket]))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[4:9] == ["Room", "2", "Seat", "B7", "ana"]
    ticket.user = None
    (text,) = pages(pdf.of_tickets([ticket]))
    assert "ana" not in text


def test_its_code_is_scanned_from_the_paper(several):
    document = pypdfium2.PdfDocument(pdf.of_purchase(several[0].purchase))
    found = [code.text for page in document for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]
    document.close()
    assert sorted(found) == sorted(ticket.code for ticket in several)


def test_three_on_a_sheet_in_the_order_of_the_seats(several):
    texts = pages(pdf.of_purchase(several[0].purchase))
    seats = [[line for line in text.splitlines() if line.startswith("Seat ")] for text in texts]
    said = "Seat {}. Show this at the entrance."
    assert seats == [[said.format(seat) for seat in ("A1", "A2", "A3")], [said.format("B7")]]


def test_cancelled_ones_are_not_printed(several):
    Ticket.objects.filter(pk=several[0].pk).update(cancelled_at=timezone.now())
    (text,) = pages(pdf.of_purchase(several[0].purchase))
    assert "Seat A1" not in text
    assert "Seat A2" in text


def test_there_is_no_empty_sheet(ticket):
    ticket.session.cancelled_at = timezone.now()
    ticket.session.save()
    with pytest.raises(LookupError):
        pdf.of_purchase(ticket.purchase)
    with pytest.raises(LookupError):
        pdf.of_tickets([])


def test_what_is_only_held_is_no_ticket(berlin):
    held = HeldTicketFactory()
    with pytest.raises(LookupError):
        pdf.of_purchase(held.purchase)


def test_it_says_what_it_is(ticket):
    about = PdfReader(BytesIO(pdf.of_tickets([ticket])))
    assert (about.metadata.title, about.metadata.author) == ("Roxy: ticket", "Roxy")
    assert about.root_object["/Lang"] == "en"


@pytest.mark.parametrize(
    "title",
    [
        "Żółć, Łódź & Œuvre — “Élève”",
        "Зеркало",
        "Ο Θίασος",
        "羅生門",
        "기생충",
        "霸王别姬",
        "ลุงบุญมีระลึกชาติ",
        "गाइड",
        "მონანიება",
    ],
)
def test_titles_of_many_scripts_are_printed_as_they_are(ticket, title):
    (text,) = pages(pdf.of_tickets([titled(ticket, title)]))
    assert together(title) in together(text)


@pytest.mark.parametrize("title", ["جدایی نادر از سیمین", "ואלס עם באשיר"])
def test_right_to_left_is_joined_and_in_order(ticket, title):
    """Readers give the text as it is said, or as it is drawn; either way all of it is there."""
    (text,) = pages(pdf.of_tickets([titled(ticket, title)]))
    assert title in text or title[::-1] in text


def test_two_scripts_in_one_title_keep_their_fonts_on_every_line(ticket):
    """Control: without telling fpdf2 to name the font anew, "Woods" comes out in other letters."""
    (text,) = pages(pdf.of_tickets([titled(ticket, "羅生門 Rashōmon: Somewhere in the Woods 기생충 and Back")]))
    assert "羅生門Rashōmon:SomewhereintheWoods기생충andBack" in together(text)


def test_what_no_font_has_is_written_in_latin_letters(ticket):
    title = "পথের পাঁচালী \u0001\U000f0000 Apu"
    assert fonts.printable(title) == "pther pamcali  Apu"
    (text,) = pages(pdf.of_tickets([titled(ticket, title)]))
    assert "pther pamcali" in text


@pytest.mark.parametrize("title", ["x" * 500, "Word " * 100, "映画" * 250, "W\nW\tW"])
def test_a_title_of_any_length_stays_in_its_place(ticket, title):
    (text,) = pages(pdf.of_tickets([titled(ticket, title)]))
    lines = [line.strip() for line in text.splitlines()]
    day = lines.index("Saturday 21 November 2026")
    assert 2 <= day <= 3
    assert lines[day - 1].endswith("…") == (len(title) > 100)
    assert "ABCD-EFGH-JKMN-PQRS" in lines


def test_only_who_needs_the_large_font_gets_it(ticket):
    def fonts_of(title):
        (page,) = PdfReader(BytesIO(pdf.of_tickets([titled(ticket, title)]))).pages
        return " ".join(font["/BaseFont"] for font in page["/Resources"]["/Font"].values())

    assert "CJK" not in fonts_of("The Mirror")
    assert "CJK" in fonts_of("鏡")


def test_all_of_a_purchase_are_one_query_however_many(several, django_assert_num_queries):
    with django_assert_num_queries(1):
        pdf.of_purchase(several[0].purchase)


def test_the_day_is_the_cinemas_day(ticket, settings):
    ticket.session.starts_at += timedelta(hours=5)  # 01:15 in Berlin
    (text,) = pages(pdf.of_tickets([ticket]))
    assert ("Sunday 22 November 2026" in text, "01:15" in text) == (True, True)
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = "America/New_York"
    (text,) = pages(pdf.of_tickets([ticket]))
    assert ("Saturday 21 November 2026" in text, "19:15" in text) == (True, True)


def test_a_film_of_its_own_for_each(ticket):
    other = TicketFactory(session__movie=MovieFactory(title="Stalker"))
    (text,) = pages(pdf.of_tickets([ticket, other]))
    assert ("The Mirror" in text, "Stalker" in text) == (True, True)
