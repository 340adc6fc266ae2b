"""Federated distillation: clients keep their recordings, share logits, and learn from the average."""
