"""Numbers as they are written down, the same on every machine."""

DECIMALS = 4


def number(value: float, decimals: int = DECIMALS) -> float:
    """A value with so many decimals; zero has no sign."""
    # adding 0 turns -0.0 into 0.0
    return round(float(value), decimals) + 0.0
