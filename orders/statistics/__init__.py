"""The manager's figures: one definition each, from rollups, and the list behind each of them."""
