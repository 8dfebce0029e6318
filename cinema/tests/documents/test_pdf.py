"""Tickets as a PDF, read back with another library than the one that made it."""

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
    # pypdf reads each East Asian character with an empty one before it; other readers don't.
    return [page.extract_text().replace("\0", "") for page in PdfReader(BytesIO(document)).pages]


def with_title(ticket, title):
    ticket.session.movie.title = title
    return ticket


def without_blanks(text):
    """Remove blanks, which some readers put between East Asian characters."""
    return "".join(text.split())


@pytest.fixture
def several(ticket):
    """Return four tickets of one purchase, the first for seat A1."""
    more = [TicketFactory(user=ticket.user, session=ticket.session, purchase=ticket.purchase) for _ in range(3)]
    return [*more, ticket]


def test_the_texts_of_a_ticket(ticket):
    (text,) = pages(pdf.ticket_pdf([ticket]))
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
        "Seat B7",
        "Show this at the entrance.",
    ]


def test_a_ticket_without_name_and_age_limit(ticket):
    ticket.user.name, ticket.session.room.name, ticket.session.movie.age_restriction = "", "", 0
    (text,) = pages(pdf.ticket_pdf([ticket]))
    lines = [line.strip() for line in text.splitlines()]
    assert lines[4:9] == ["Room", "2", "Seat", "B7", "ana"]
    ticket.user = None
    (text,) = pages(pdf.ticket_pdf([ticket]))
    assert "ana" not in text


def test_the_qr_codes_can_be_scanned(several):
    document = pypdfium2.PdfDocument(pdf.purchase_pdf(several[0].purchase))
    found = [code.text for page in document for code in zxingcpp.read_barcodes(page.render(scale=2).to_pil())]
    document.close()
    assert sorted(found) == sorted(ticket.code for ticket in several)


def test_three_on_a_sheet_in_the_order_of_the_seats(several):
    texts = pages(pdf.purchase_pdf(several[0].purchase))
    seats = [[line for line in text.splitlines() if line.startswith("Seat ")] for text in texts]
    assert seats == [["Seat A1", "Seat A2", "Seat A3"], ["Seat B7"]]


def test_cancelled_tickets_are_not_printed(several):
    Ticket.objects.filter(pk=several[0].pk).update(cancelled_at=timezone.now())
    (text,) = pages(pdf.purchase_pdf(several[0].purchase))
    assert "Seat A1" not in text
    assert "Seat A2" in text


def test_without_valid_tickets_there_is_no_pdf(ticket):
    ticket.session.cancelled_at = timezone.now()
    ticket.session.save()
    with pytest.raises(LookupError):
        pdf.purchase_pdf(ticket.purchase)
    with pytest.raises(LookupError):
        pdf.ticket_pdf([])


def test_a_hold_is_not_printed(berlin):
    held = HeldTicketFactory()
    with pytest.raises(LookupError):
        pdf.purchase_pdf(held.purchase)


def test_the_metadata(ticket):
    about = PdfReader(BytesIO(pdf.ticket_pdf([ticket])))
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
def test_titles_in_many_scripts_are_printed(ticket, title):
    (text,) = pages(pdf.ticket_pdf([with_title(ticket, title)]))
    assert without_blanks(title) in without_blanks(text)


@pytest.mark.parametrize("title", ["جدایی نادر از سیمین", "ואלס עם באשיר"])
def test_right_to_left_is_joined_and_in_order(ticket, title):
    """Readers return the text in logical or in visual order."""
    (text,) = pages(pdf.ticket_pdf([with_title(ticket, title)]))
    assert title in text or title[::-1] in text


def test_two_scripts_in_one_title_keep_their_fonts_on_every_line(ticket):
    """If fpdf2 is not made to name the font again, "Woods" is printed in other letters."""
    (text,) = pages(pdf.ticket_pdf([with_title(ticket, "羅生門 Rashōmon: Somewhere in the Woods 기생충 and Back")]))
    assert "羅生門Rashōmon:SomewhereintheWoods기생충andBack" in without_blanks(text)


def test_characters_without_a_font_are_printed_in_latin_letters(ticket):
    title = "পথের পাঁচালী \u0001\U000f0000 Apu"
    assert fonts.make_printable(title) == "pther pamcali  Apu"
    (text,) = pages(pdf.ticket_pdf([with_title(ticket, title)]))
    assert "pther pamcali" in text


@pytest.mark.parametrize("title", ["x" * 500, "Word " * 100, "映画" * 250, "W\nW\tW"])
def test_a_long_title_is_cut_off(ticket, title):
    (text,) = pages(pdf.ticket_pdf([with_title(ticket, title)]))
    lines = [line.strip() for line in text.splitlines()]
    day = lines.index("Saturday 21 November 2026")
    assert 2 <= day <= 3
    assert lines[day - 1].endswith("…") == (len(title) > 100)
    assert "ABCD-EFGH-JKMN-PQRS" in lines


def test_the_large_font_is_added_only_where_needed(ticket):
    def fonts_of(title):
        (page,) = PdfReader(BytesIO(pdf.ticket_pdf([with_title(ticket, title)]))).pages
        return " ".join(font["/BaseFont"] for font in page["/Resources"]["/Font"].values())

    assert "CJK" not in fonts_of("The Mirror")
    assert "CJK" in fonts_of("鏡")


def test_a_purchase_takes_one_query(several, django_assert_num_queries):
    with django_assert_num_queries(1):
        pdf.purchase_pdf(several[0].purchase)


def test_the_day_is_in_the_cinemas_time_zone(ticket, settings):
    ticket.session.starts_at += timedelta(hours=5)  # 01:15 in Berlin
    (text,) = pages(pdf.ticket_pdf([ticket]))
    assert ("Sunday 22 November 2026" in text, "01:15" in text) == (True, True)
    settings.CINEMA_TIME_ZONE = settings.TIME_ZONE = "America/New_York"
    (text,) = pages(pdf.ticket_pdf([ticket]))
    assert ("Saturday 21 November 2026" in text, "19:15" in text) == (True, True)


def test_tickets_for_different_films(ticket):
    other = TicketFactory(session__movie=MovieFactory(title="Stalker"))
    (text,) = pages(pdf.ticket_pdf([ticket, other]))
    assert ("The Mirror" in text, "Stalker" in text) == (True, True)
