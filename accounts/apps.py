from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN
        from common.api.errors import Code, register_constraint

        register_constraint("user_username_unique_ignoring_case", Code.DUPLICATE, USERNAME_TAKEN, "username")
        register_constraint("user_email_unique_ignoring_case", Code.DUPLICATE, EMAIL_TAKEN, "email")
