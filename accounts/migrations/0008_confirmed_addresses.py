"""Any number of accounts may give an address; only one can confirm it."""

import django.db.models.functions.text
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("account", "0009_emailaddress_unique_primary_email"),
        ("accounts", "0007_names"),
    ]

    operations = [
        # allauth's own unique index of confirmed addresses minds the case.
        migrations.RunSQL(
            "CREATE UNIQUE INDEX user_confirmed_email_unique_ignoring_case ON account_emailaddress (lower(email))"
            " WHERE verified",
            "DROP INDEX user_confirmed_email_unique_ignoring_case",
        ),
        migrations.RemoveConstraint(
            model_name="user",
            name="user_email_unique_ignoring_case",
        ),
        migrations.AlterField(
            model_name="user",
            name="email",
            field=models.EmailField(
                help_text="As it was given. It may be another person's until confirmed.", max_length=254
            ),
        ),
        migrations.AddIndex(
            model_name="user",
            index=models.Index(django.db.models.functions.text.Lower("email"), name="user_email_ignoring_case"),
        ),
    ]
