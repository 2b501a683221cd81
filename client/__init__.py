"""What runs at the user's end: the browser app (`app/`) and the same client in Python (`headless.py`)."""
