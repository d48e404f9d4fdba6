"""The operators' door: one command a verb."""
