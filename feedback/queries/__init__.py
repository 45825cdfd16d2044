"""Reads of this room, one module per subject."""
