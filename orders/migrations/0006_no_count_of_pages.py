from django.db import migrations


class Migration(migrations.Migration):
    """Nobody ever read how many pages the last clean run had."""

    dependencies = [
        ("orders", "0005_notes"),
    ]

    operations = [
        migrations.RemoveField(model_name="cursor", name="last_pages"),
    ]
