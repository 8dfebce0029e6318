"""Users for tests."""

import factory
from allauth.account.models import EmailAddress
from factory.django import DjangoModelFactory

from accounts.models import Notification, User


def confirm(user: User) -> User:
    """Confirm the user's address, so that it signs in and gets every mail."""
    EmailAddress.objects.create(user=user, email=user.email, primary=True, verified=True)
    return user


class UserFactory(DjangoModelFactory[User]):
    class Meta:
        model = User

    username = factory.Sequence(lambda n: f"person{n}")
    email = factory.LazyAttribute(lambda user: f"{user.username}@example.org")


class ManagerFactory(UserFactory):
    role = User.Role.MANAGER


class ConfirmedUserFactory(UserFactory):
    """A user with a confirmed address, to which mails are sent."""

    class Meta:
        skip_postgeneration_save = True

    @factory.post_generation
    def confirmed(user, create, extracted, **options):  # noqa: N805 - factory_boy passes the user
        confirm(user)


class NotificationFactory(DjangoModelFactory[Notification]):
    class Meta:
        model = Notification

    user = factory.SubFactory(UserFactory)
    kind = "tickets_bought"
    subject = factory.Sequence(lambda n: f"purchase {n}")
    text = factory.Sequence(lambda n: f"Your tickets, purchase {n}")
    link = "/tickets/"
