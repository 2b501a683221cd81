"""Scripts that make the data and weights in models/; the application does not need them."""
