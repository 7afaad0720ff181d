from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("backoffice", "0006_seals"),
    ]

    operations = [
        migrations.AddField(
            model_name="user",
            name="columns",
            field=models.CharField(blank=True, db_default="", default="", max_length=300),
        ),
        migrations.AddField(
            model_name="user",
            name="last_view",
            field=models.TextField(blank=True, db_default="", default=""),
        ),
    ]
