from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while people look at orders

    dependencies = [("backoffice", "0008_acts")]

    operations = [
        AddIndexConcurrently(
            model_name="accesslog", index=models.Index(fields=["username", "-id"], name="accesslog_username")
        ),
    ]
