from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while orders are being written

    dependencies = [("orders", "0006_no_count_of_pages")]

    operations = [
        AddIndexConcurrently(
            model_name="parcel", index=models.Index(fields=["account", "seen_at"], name="parcel_seen")
        ),
    ]
