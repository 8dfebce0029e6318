import django_filters

from catalog_sync.models import FetchJob, SyncLog


class SyncLogFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=SyncLog.Status.choices)
    entity_type = django_filters.ChoiceFilter(choices=SyncLog.Entity.choices)

    class Meta:
        model = SyncLog
        fields: list[str] = []


class FetchJobFilter(django_filters.FilterSet):
    status = django_filters.ChoiceFilter(choices=FetchJob.Status.choices)

    class Meta:
        model = FetchJob
        fields: list[str] = []
