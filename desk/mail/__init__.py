"""Pages of the outbox, for the head and the administrator."""
