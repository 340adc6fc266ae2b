"""Boards as data: what they are, how C is built for them, and how QEMU runs and measures it."""
