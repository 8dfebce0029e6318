"""A hold belongs to an account: those that deleted accounts left behind are deleted first."""

from django.db import migrations, models
from django.db.models import Q

DELETE_ORPHANS = """
DELETE FROM cinema_ticket WHERE purchased_at IS NULL AND user_id IS NULL;
-- No table can be altered while checks of foreign keys are pending.
SET CONSTRAINTS ALL IMMEDIATE;
SET CONSTRAINTS ALL DEFERRED;
"""


class Migration(migrations.Migration):
    dependencies = [("cinema", "0007_moves_and_changes")]

    operations = [
        migrations.RunSQL(DELETE_ORPHANS, migrations.RunSQL.noop),
        migrations.AddConstraint(
            "ticket",
            models.CheckConstraint(
                condition=Q(purchased_at__isnull=False) | Q(user__isnull=False), name="ticket_hold_has_a_customer"
            ),
        ),
    ]
