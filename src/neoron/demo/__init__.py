"""The Neoron message store: a project to lay out, and rows to fill it with."""
