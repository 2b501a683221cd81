"""What tests of the running server share."""

from collections.abc import AsyncIterator

import aiohttp
import pytest

from tests.fixtures.server import Server


@pytest.fixture
async def http(server: Server) -> AsyncIterator[aiohttp.ClientSession]:
    """A client with the owner's key."""
    headers = {"Authorization": f"Bearer {server.token}"}
    async with aiohttp.ClientSession(server.url, headers=headers) as session:
        yield session
