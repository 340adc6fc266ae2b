"""Whole programs for a board: a run's model, front end and detection, built, heard in QEMU, flashed."""
