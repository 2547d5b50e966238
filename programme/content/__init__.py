"""The content of a renovation: the menu, what residents ask for, works, what must come first (R14, R15, R25–R40)."""
