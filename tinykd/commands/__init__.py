"""One verb of the command line a file; heavy imports stay inside the functions."""
