"""Lyrics: reading timed words, and what they mean as numbers."""
