"""The treatment-suggestion recommender: therapies ranked for a clinician's review."""
