from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN
        from common import constraints
        from common.errors import Code

        constraints.register("user_username_unique_ignoring_case", Code.DUPLICATE, USERNAME_TAKEN, "username")
        constraints.register("user_email_unique_ignoring_case", Code.DUPLICATE, EMAIL_TAKEN, "email")
