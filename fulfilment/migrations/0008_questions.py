from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("fulfilment", "0007_handovers")]

    operations = [
        migrations.AddField(model_name="hold", name="asks", field=models.BooleanField(db_default=False, default=False)),
    ]
