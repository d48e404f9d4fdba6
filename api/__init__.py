"""The programs' door: protocols over the services."""
