"""Frozen values that flow from files to reports; standard library only."""
