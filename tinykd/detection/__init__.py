"""A word in a stream: windows, smoothed scores, thresholds, and how often they are wrong."""
