"""The aiohttp application: signalling, peers, HTTP API, pages, settings and command line."""

import os

# Read when numpy is first imported. Sessions run side by side as it is, and a thread that multiplied one
# small matrix spins for milliseconds after it, waiting for the next.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
