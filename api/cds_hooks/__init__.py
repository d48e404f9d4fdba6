"""CDS Hooks 2.0.1: the door of EHRs."""
