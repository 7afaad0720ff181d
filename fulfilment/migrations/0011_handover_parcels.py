from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0010_stock_note")]

    operations = [
        migrations.AddField(
            model_name="handover",
            name="parcels",
            field=models.JSONField(db_default=[], default=list),
        ),
    ]
