"""The pages under /account/.

The names are those of django-allauth, whose code uses them, so there is no namespace. Of its URL lists, only that of
the second factor is included whole.
"""

from allauth.account import views as account
from allauth.socialaccount import views as linked
from allauth.urls import build_provider_urlpatterns
from django.urls import URLPattern, URLResolver, include, path, re_path

from accounts.views import account as views
from accounts.views import notifications

# Without Google's "one tap", which answers with a POST from another site.
providers = [each for each in build_provider_urlpatterns() if getattr(each, "name", "") != "google_login_by_token"]

urlpatterns: list[URLPattern | URLResolver] = [
    path("", views.account_page, name="account"),
    path("sign-in/", views.SignInView.as_view(), name="account_login"),
    path("sign-up/", views.SignUpView.as_view(), name="account_signup"),
    path("sign-out/", account.logout, name="account_logout"),
    path("inactive/", account.account_inactive, name="account_inactive"),
    path("confirm/", account.reauthenticate, name="account_reauthenticate"),
    path("email/", views.AddressView.as_view(), name="account_email"),
    path("email/sent/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^email/confirm/(?P<key>[-:\w]+)/$", views.ConfirmEmailView.as_view(), name="account_confirm_email"),
    path("password/", views.ChangePasswordView.as_view(), name="account_change_password"),
    path("password/set/", views.SetPasswordView.as_view(), name="account_set_password"),
    path("password/reset/", views.ResetPasswordView.as_view(), name="account_reset_password"),
    path("password/reset/sent/", account.password_reset_done, name="account_reset_password_done"),
    path("password/reset/done/", account.password_reset_from_key_done, name="account_reset_password_from_key_done"),
    re_path(
        r"^password/reset/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>[-\w]+)/$",
        views.NewPasswordView.as_view(),
        name="account_reset_password_from_key",
    ),
    path("preferences/", views.preferences_page, name="account_preferences"),
    path("sessions/", views.sessions_page, name="account_sessions"),
    path("sessions/end/", views.end_session, name="account_end_session"),
    path("export/", views.export, name="account_export"),
    path("delete/", views.delete_account, name="account_delete"),
    path("second-factor/", include("allauth.mfa.urls")),
    path("linked/", linked.connections, name="socialaccount_connections"),
    path("linked/cancelled/", linked.login_cancelled, name="socialaccount_login_cancelled"),
    path("linked/error/", linked.login_error, name="socialaccount_login_error"),
    path("linked/sign-up/", views.LinkedSignUpView.as_view(), name="socialaccount_signup"),
    path("linked/", include(providers)),
]

# Included at the top of the site.
notification_urls = [
    path("", notifications.list_page, name="notifications"),
    path("read-all/", notifications.read_all, name="notifications_read_all"),
    path("unsubscribe/<str:token>/", notifications.unsubscribe, name="unsubscribe"),
    path("<int:pk>/", notifications.follow, name="notification"),
    path("<int:pk>/read/", notifications.mark, name="notification_mark"),
]
