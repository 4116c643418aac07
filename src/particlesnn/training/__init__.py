"""Training from nothing to weights that ship. Needs the extra ``train``."""
