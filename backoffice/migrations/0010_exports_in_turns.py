from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("backoffice", "0009_accesslog_username")]

    operations = [
        migrations.AddField(
            model_name="export",
            name="trouble",
            field=models.CharField(
                blank=True, choices=[("rows", "Rows"), ("stuck", "Stuck")], db_default="", default="", max_length=8
            ),
        ),
        migrations.AddField(
            model_name="export",
            name="place",
            field=models.CharField(blank=True, db_default="", default="", max_length=200),
        ),
        migrations.AddField(
            model_name="export",
            name="gathered",
            field=models.PositiveBigIntegerField(db_default=0, default=0),
        ),
    ]
