"""The pack station: one scan after the other decides on the server what happens to the order on a bench."""
