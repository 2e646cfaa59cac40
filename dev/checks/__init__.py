"""Checks of the source that no tool off the shelf does."""
