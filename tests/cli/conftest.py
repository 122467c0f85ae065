"""The command line in this process, for every test of its commands."""

from cli.calls import calls

__all__ = ["calls"]
