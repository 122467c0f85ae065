"""The Neoron message store: messages of a chat service and the audit of their changes."""
