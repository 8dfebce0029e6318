"""The parameters that narrow the list of people."""

import django_filters

from accounts.models import User


class UserFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(choices=User.Role.choices)
    # Not a BooleanFilter: that one takes any other word for "not asked".
    is_active = django_filters.TypedChoiceFilter(
        choices=[("true", "true"), ("false", "false")],
        coerce=lambda value: value == "true",
        help_text="Only open accounts, or only closed ones.",
    )

    class Meta:
        model = User
        fields: list[str] = []
