"""The pages of documents, at the top of the site."""

from django.urls import path

from cinema.views import documents

urlpatterns = [
    path("tickets/<str:code>/print/", documents.print_page, name="ticket_print"),
    path("tickets/<str:code>/calendar.ics", documents.ticket_calendar, name="ticket_calendar"),
    path("purchases/<int:pk>/tickets.pdf", documents.purchase_pdf, name="purchase_pdf"),
    path("account/calendar/", documents.calendar_page, name="account_calendar"),
]
