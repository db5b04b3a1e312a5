"""Scaling laws and compute budgets for language-model training."""

__version__ = "0.1.0"
