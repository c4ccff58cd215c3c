"""How tests run async code that uses the database."""

import asyncio

from asgiref.sync import sync_to_async
from django.db import connections


def run(coroutine):
    """Run it, and close the connections of the thread that its synchronous parts ran in."""

    async def run_and_close():
        try:
            return await coroutine
        finally:
            await sync_to_async(connections.close_all)()

    return asyncio.run(run_and_close())
