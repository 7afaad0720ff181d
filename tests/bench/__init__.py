"""`make bench`: ratios measured in one run, never a test that fails on a slow machine."""
