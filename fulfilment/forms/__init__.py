"""The forms of what is asked of the marketplace, one file a verb."""
