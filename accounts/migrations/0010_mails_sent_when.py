from django.db import migrations, models
from django.db.models import Q


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0009_mails_sent"),
    ]

    operations = [
        migrations.AddConstraint(
            model_name="mail",
            constraint=models.CheckConstraint(
                condition=Q(
                    Q(("state", "sent"), _negated=True),
                    Q(("sent_at__isnull", False), ("times_sent__gte", 1)),
                    _connector="OR",
                ),
                name="mail_sent_says_when",
            ),
        ),
        migrations.AddIndex(
            model_name="mail",
            index=models.Index(
                condition=Q(("sent_at__isnull", False)), fields=["address", "sent_at"], name="mail_sent"
            ),
        ),
    ]
