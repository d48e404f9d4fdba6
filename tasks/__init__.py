"""The workers' and the clock's door."""
