from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models


class Migration(migrations.Migration):
    atomic = False  # built while orders are being packed

    dependencies = [("fulfilment", "0008_questions")]

    operations = [
        AddIndexConcurrently(model_name="claim", index=models.Index(fields=["order", "at"], name="claim_order")),
        AddIndexConcurrently(model_name="hold", index=models.Index(fields=["order", "at"], name="hold_order")),
        AddIndexConcurrently(
            model_name="hold",
            index=models.Index(
                condition=models.Q(("asks", True), ("ended_at", None)), fields=["account", "at"], name="hold_question"
            ),
        ),
    ]
