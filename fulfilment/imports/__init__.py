"""Tracking numbers from a carrier's file: read, its columns recognised, judged row by row, and sent as one batch."""
