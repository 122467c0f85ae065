"""Neoron: database migrations shown beforehand, proven on a copy, and taken back."""

__version__ = "0.1.0"
