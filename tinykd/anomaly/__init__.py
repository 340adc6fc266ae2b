"""Anomaly scores: densities of normal windows, reference detectors, and how scores are judged."""
