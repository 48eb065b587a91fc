"""Proof on the user's own notes that what a refresh would do can be taken back to the byte."""
