"""What a student learns from a teacher: losses, the table of methods, the training loop."""
