"""The settings pages: the shop's choices, people and their roles, seller accounts."""
