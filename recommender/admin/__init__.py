"""The admins' door: one module a record."""
