"""How much of what is possible suggestions reach, in simulated worlds whose truth is known."""
