from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0011_handover_parcels")]

    operations = [
        migrations.AddField(
            model_name="hold",
            name="problem",
            field=models.CharField(blank=True, db_default="", default="", max_length=8),
        ),
        migrations.AlterField(
            model_name="hold",
            name="reason",
            field=models.CharField(blank=True, max_length=200),
        ),
    ]
