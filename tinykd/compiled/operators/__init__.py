"""One file an operator family; each function turns a node into steps."""
