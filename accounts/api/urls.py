from django.urls import path
from rest_framework.routers import SimpleRouter

from accounts.api import notifications, views

router = SimpleRouter(trailing_slash=False)
router.register("users", views.UserViewSet, basename="user")
router.register("notifications", notifications.NotificationViewSet, basename="notification")

urlpatterns = [
    path("auth/register", views.RegisterView.as_view(), name="register"),
    path("auth/login", views.LoginView.as_view(), name="login"),
    path("auth/refresh", views.RefreshView.as_view(), name="refresh"),
    path("auth/logout", views.LogoutView.as_view(), name="logout"),
    path("auth/me", views.MeView.as_view(), name="me"),
    path("auth/password", views.PasswordView.as_view(), name="password"),
    path("auth/sessions", views.SessionListView.as_view(), name="sessions"),
    path("auth/sessions/<uuid:pk>", views.SessionView.as_view(), name="session"),
    *router.urls,
]
