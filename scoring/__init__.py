"""From observations to indicators, subscores, reasons, nudges and the report."""
