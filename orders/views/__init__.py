"""The pages that read the mirror, one file a page."""
