"""Filters of the list of users."""

import django_filters

from accounts.models import User
from common.api.filters import TrueOrFalseFilter


class UserFilter(django_filters.FilterSet):
    role = django_filters.ChoiceFilter(choices=User.Role.choices)
    is_active = TrueOrFalseFilter(help_text="Only open accounts, or only closed ones.")

    class Meta:
        model = User
        fields: list[str] = []
