"""The aiohttp application: signalling, peers, HTTP API, pages, settings and command line."""

__version__ = "0.1.0"
