from django.db import migrations, models
from django.db.models import F, Q

# A move of before counts as shown: its time was not kept.
FILL = """
    UPDATE cinema_moviesession SET moved_revision = revision WHERE revision > 0;
    UPDATE cinema_purchase AS purchase SET shown_revision = session.revision
    FROM cinema_moviesession AS session
    WHERE session.id = purchase.session_id AND purchase.confirmed_at IS NULL AND session.revision > 0;
"""


class Migration(migrations.Migration):
    dependencies = [("cinema", "0006_claims"), ("movies", "0013_title_revisions")]

    operations = [
        migrations.AddField(
            model_name="moviesession",
            name="changed_at",
            field=models.DateTimeField(blank=True, editable=False, null=True),
        ),
        migrations.AddField(
            model_name="moviesession",
            name="moved_revision",
            field=models.PositiveIntegerField(
                default=0, editable=False, help_text="The revision of its last move; 0 if it was never moved."
            ),
        ),
        migrations.AddField(
            model_name="purchase",
            name="shown_revision",
            field=models.PositiveIntegerField(
                default=0,
                editable=False,
                help_text="Revision of the session that the customer was shown last, as far as we know, until it is "
                "confirmed.",
            ),
        ),
        migrations.RunSQL(FILL, migrations.RunSQL.noop),
        migrations.AddConstraint(
            model_name="moviesession",
            constraint=models.CheckConstraint(
                condition=Q(moved_revision__lte=F("revision")), name="session_move_is_a_revision"
            ),
        ),
    ]
