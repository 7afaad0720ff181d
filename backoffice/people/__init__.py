"""Logging in and out, invitations, the profile: everything a person does about their own access."""
