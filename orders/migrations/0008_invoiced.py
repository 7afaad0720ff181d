from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("orders", "0007_parcels_by_day")]

    operations = [
        migrations.AddField(
            model_name="order",
            name="invoiced",
            field=models.BooleanField(db_default=False, default=False),
        ),
    ]
