from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while orders are being written

    dependencies = [("orders", "0003_figures")]

    operations = [
        AddIndexConcurrently(
            model_name="cancellationrequest",
            index=models.Index(fields=["account", "created_at"], name="cancellation_created"),
        ),
        AddIndexConcurrently(
            model_name="gesturerequest",
            index=models.Index(fields=["account", "created_at"], name="gesture_created"),
        ),
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("account"),
                models.OrderBy(models.F("shipped_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("shipped_day__isnull", False)),
                name="order_shipped",
            ),
        ),
    ]
