"""When and where a mail was sent, and how often."""

import django.db.models.functions
from django.db import migrations, models
from django.db.models import F, OuterRef, Q, Subquery


def note_what_was_sent(apps, schema_editor):
    """Take the moment from the notification, or else the one at which the mail was due; where it went is not known."""
    notifications = apps.get_model("accounts", "Notification").objects.filter(pk=OuterRef("notification"))
    moment = django.db.models.functions.Coalesce(Subquery(notifications.values("emailed_at")), F("due_at"))
    apps.get_model("accounts", "Mail").objects.filter(state="sent").update(sent_at=moment, times_sent=1)


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_confirmed_addresses"),
    ]

    operations = [
        migrations.AddField(
            model_name="mail",
            name="sent_at",
            field=models.DateTimeField(blank=True, help_text="The last time.", null=True),
        ),
        migrations.AddField(
            model_name="mail",
            name="times_sent",
            field=models.PositiveSmallIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name="mail",
            name="address",
            field=models.EmailField(
                blank=True,
                db_default="",
                default="",
                help_text="Where it goes. Of a mail to a user: where it went, once sent.",
                max_length=254,
            ),
        ),
        migrations.RemoveConstraint(
            model_name="mail",
            name="mail_has_one_subject",
        ),
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=Q(("digest_day__isnull", False), ("notification", None), ("user__isnull", False))
                | Q(("digest_day", None), ("notification__isnull", False), ("user__isnull", False))
                | Q(
                    ("digest_day", None),
                    ("notification", None),
                    ("user", None),
                    Q(("address", ""), _negated=True),
                ),
                name="mail_has_one_subject",
            ),
        ),
        migrations.RunPython(note_what_was_sent, migrations.RunPython.noop, elidable=True),
    ]
