"""Runs in, law and intervals out."""
