"""Recordings of one's own: from a microphone or a serial sensor into the folders that training reads."""
