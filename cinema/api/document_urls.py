from django.urls import path

from cinema.api.views.documents import FeedAddressView, FeedView, TicketCalendarView, TicketQRView

urlpatterns = [
    path("tickets/<int:pk>/qr", TicketQRView.as_view(), name="ticket-qr"),
    path("tickets/<int:pk>/calendar", TicketCalendarView.as_view(), name="ticket-calendar"),
    path("calendar", FeedAddressView.as_view(), name="calendar-address"),
    path("calendar/<str:token>.ics", FeedView.as_view(), name="calendar-feed"),
]
