"""Addresses of the programme, seats, tickets and check-in pages, at the root of the site."""

from django.urls import path

from cinema.views import birthday, documents, entrance, seats, tickets, waiting_list, whats_on

urlpatterns = [
    path("whats-on/", whats_on.whats_on, name="whats_on"),
    path("sessions/<int:pk>/", seats.session_page, name="session"),
    path("sessions/<int:pk>/birthday/", birthday.save_date_of_birth, name="session_birthday"),
    path("sessions/<int:pk>/waiting/", waiting_list.join, name="waiting_join"),
    path("sessions/<int:pk>/waiting/leave/", waiting_list.leave, name="waiting_leave"),
    path("purchases/<int:pk>/", tickets.purchase_page, name="purchase"),
    path("purchases/<int:pk>/buy/", seats.buy, name="purchase_buy"),
    path("purchases/<int:pk>/release/", seats.release, name="purchase_release"),
    path("purchases/<int:pk>/mail/", tickets.send_again, name="purchase_mail"),
    path("tickets/", tickets.ticket_list, name="tickets"),
    path("tickets/<str:code>/", tickets.ticket_page, name="ticket"),
    path("tickets/<str:code>/cancel/", tickets.cancel, name="ticket_cancel"),
    path("check-in/", entrance.choose_session, name="check_in"),
    path("check-in/worker.js", entrance.service_worker, name="check_in_worker"),
    path("check-in/any/", entrance.scanner, name="check_in_any"),
    path("check-in/any/state/", entrance.scanner_state, name="check_in_any_state"),
    path("check-in/any/undo/<int:ticket>/", entrance.undo, name="check_in_any_undo"),
    path("check-in/<int:pk>/", entrance.scanner, name="check_in_scanner"),
    path("check-in/<int:pk>/state/", entrance.scanner_state, name="check_in_state"),
    path("check-in/<int:pk>/undo/<int:ticket>/", entrance.undo, name="check_in_undo"),
    path("tickets/<str:code>/print/", documents.print_page, name="ticket_print"),
    path("tickets/<str:code>/calendar.ics", documents.ticket_calendar, name="ticket_calendar"),
    path("purchases/<int:pk>/tickets.pdf", documents.purchase_pdf, name="purchase_pdf"),
    path("account/calendar/", documents.calendar_page, name="account_calendar"),
]
