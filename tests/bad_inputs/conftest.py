"""The command line in this process, for inputs that must be refused."""

from cli.calls import calls

__all__ = ["calls"]
