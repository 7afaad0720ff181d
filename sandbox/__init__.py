"""The marketplace in miniature: a second, independent reading of its contract, for demos, practice and tests."""
