from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = "People"

    def ready(self) -> None:
        from accounts.models import EMAIL_TAKEN, USERNAME_TAKEN, User
        from accounts.people.closing import give_up_claims
        from accounts.sign_in.credentials import report_saved_change
        from common.database import constraints
        from common.errors import Code
        from common.finished import changes
        from common.services.postgres import writes

        User.after_change = staticmethod(report_saved_change)
        User.before_closing = staticmethod(give_up_claims)
        changes.register(
            {
                "accounts_user": ["people", "sign-ins"],
                "accounts_usersession": ["sign-ins"],
                "mfa_authenticator": ["sign-ins"],  # a manager without a second factor may not manage
            }
        )
        # Of each sign-in. Neither shows anywhere, and no token ends by it.
        writes.harmless |= {'UPDATE "accounts_user" SET "last_login" = %s WHERE', 'INSERT INTO "accounts_usersession"'}
        constraints.register("user_username_unique_ignoring_case", Code.DUPLICATE, USERNAME_TAKEN, "username")
        for name in ("user_confirmed_email_unique_ignoring_case", "unique_verified_email"):
            constraints.register(name, Code.DUPLICATE, EMAIL_TAKEN, "email")
