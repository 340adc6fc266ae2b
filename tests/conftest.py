"""Models that several test files share; its place puts tests/ on the import path."""
