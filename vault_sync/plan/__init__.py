"""What a refresh would do to one note, and why. Pure."""
