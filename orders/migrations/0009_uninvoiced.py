from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while orders are being written

    dependencies = [("orders", "0008_invoiced")]

    operations = [
        AddIndexConcurrently(
            model_name="order",
            index=models.Index(
                models.F("account"),
                models.F("channel"),
                models.OrderBy(models.F("placed_at"), descending=True),
                models.OrderBy(models.F("id"), descending=True),
                condition=models.Q(("invoiced", False), ("status__in", ["Delivered", "Shipped"])),
                name="order_uninvoiced",
            ),
        ),
    ]
