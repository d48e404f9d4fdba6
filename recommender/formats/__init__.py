"""Other people's files and messages to our values and back."""
