"""Quiet runs: a refresh that found nothing to do is remembered whole, so that it need not be run again."""
