"""What a clinician would recognise, in plain Python."""
