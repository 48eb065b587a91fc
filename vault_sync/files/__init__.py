"""Notes on the disk: read, replaced, never harmed. The only package that writes a user's note."""
