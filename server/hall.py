"""All rooms of this process: found, made, kept, and closed when they are done with."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, ParamSpec, TypeVar

import structlog
from aiohttp import WSCloseCode, web

from server.live_room import Keeper, LiveRoom
from sessions.coach import Coach
from sessions.directory import Directory
from sessions.invitations import Invitation, Seat, Signer
from sessions.room_store import InvitationRecord, Kept, RoomRecord, RoomStore
from sessions.rooms import Member, Role, RoomState
from sessions.store import SessionRecord

log = structlog.get_logger()
P = ParamSpec("P")
T = TypeVar("T")
TICKET_LASTS_S = 30.0
MOST_TICKETS = 1000
SWEPT_EVERY_S = 10.0


class _Ticket(NamedTuple):
    room: str
    member: str
    until: float


class Hall:
    """Holds the rooms that somebody is in. Lives on the event loop."""

    def __init__(
        self,
        store: RoomStore,
        directory: Directory,
        signer: Signer,
        close_peer: Callable[[str, str], Coroutine[Any, Any, None]],
        coach: Coach | None,
    ) -> None:
        """`close_peer` closes the connection of a session's candidate, and says why; `coach` may suggest."""
        self.store, self.signer = store, signer
        # one thread: what is asked sees all that was kept before
        self._worker = ThreadPoolExecutor(1, "rooms")
        self._directory = directory
        self._keeper = Keeper(store, directory, self._keep, close_peer, coach)
        self._rooms: dict[str, LiveRoom] = {}
        self._loading = asyncio.Lock()
        self._tickets: dict[str, _Ticket] = {}

    async def ask(self, method: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """What a method of the store answers, after all that was kept before."""
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._worker, lambda: method(*args, **kwargs))

    def _keep(self, method: Callable[..., Any], *args: Any) -> None:
        def run() -> None:
            try:
                method(*args)
            except Exception:
                log.exception("a room could not be kept", what=method.__name__)

        self._worker.submit(run)

    # --- rooms

    async def create(self, record: RoomRecord, name: str) -> tuple[LiveRoom, Member]:
        """A new room with its owner's seat."""
        await self.ask(self.store.create, record)
        live = await self.find(record.id)
        assert live
        owner = live.room.seat(secrets.token_hex(8), name, record.owner_role, owner=True)
        await self.ask(self.store.keep_member, record.id, owner)
        return live, owner

    async def find(self, room: str) -> LiveRoom | None:
        """The room, fetched from the store if nobody is in it; None when there is none."""
        if room in self._rooms:
            return self._rooms[room]
        async with self._loading:
            if room not in self._rooms:
                kept = await self.ask(self.store.load, room)
                if kept is None:
                    return None
                if kept.session and await self._came_to_nothing(kept, kept.session):
                    kept.session = None
                live = LiveRoom(kept, self._keeper)
                marks = await self.ask(self.store.marks, room)
                ratings = await self.ask(self.store.ratings, room)
                live.restore(marks, [each.member for each in ratings.values() if each.handed_in])
                self._rooms[room] = live
            return self._rooms[room]

    async def _came_to_nothing(self, kept: Kept, session: str) -> bool:
        """A server that was stopped has left nothing of an open room's session: then another may begin.

        Either all is lost, since nothing was to be kept, or nothing had been measured yet.
        """
        if kept.room.state is not RoomState.OPEN or self._directory.find(session):
            return False
        if kept.record.keep == "none":
            return True
        report = await asyncio.to_thread(self._directory.store.report, session)
        if report is None or report["session"]["duration_s"] > 0:
            return False
        return await self._directory.delete(session)

    async def of_session(self, session: str) -> LiveRoom | None:
        """The room that a session is held in."""
        held = self._directory.find(session)
        record = held.record if held else await asyncio.to_thread(self._directory.store.record, session)
        return await self.find(record.room) if record and record.room else None

    async def withheld(self, session: str) -> bool:
        """The session is of a room whose candidate is not the owner: its measures are not the owner's."""
        held = self._directory.find(session)
        record = held.record if held else await asyncio.to_thread(self._directory.store.record, session)
        if record is None or record.room is None:
            return False
        room = await self.ask(self.store.record, record.room)
        return room is None or room.owner_role is not Role.CANDIDATE

    async def secretive(self, session: SessionRecord) -> set[str]:
        """The interviewers of a session's room who did not share their marks with its candidate."""
        live = await self.find(session.room) if session.room else None
        if live is None:
            return set()
        ratings = await self.ask(self.store.ratings, live.id)
        return {
            member for member in live.room.members if member not in ratings or not ratings[member].share_marks
        }

    async def delete(self, room: str) -> bool:
        """End a room and delete all of it, its session too; false when there was nothing."""
        live = await self.find(room)
        if live is None:
            return False
        live.close("The room was deleted.")
        if live.session_id:
            await self._directory.delete(live.session_id)
        self._rooms.pop(room, None)
        return await self.ask(self.store.delete, room)

    # --- invitations, seats and tickets

    async def invite(self, room: str, role: Role, hours: float) -> InvitationRecord:
        """A new invitation; the earlier one of that role holds no longer."""
        invitation = InvitationRecord(secrets.token_hex(8), room, role, int(time.time() + 3600 * hours))
        await self.ask(self.store.invite, invitation)
        return invitation

    def address(self, invitation: InvitationRecord) -> str:
        """Where an invitation leads. The token is a fragment: it is never sent to a server, nor logged."""
        token = Invitation(invitation.room, invitation.role, invitation.id, invitation.expires)
        return f"/rooms/{invitation.room}#{self.signer.sign(token)}"

    def seat(self, live: LiveRoom, member: Member) -> str:
        """The token of a member's seat."""
        return self.signer.sign(Seat(live.id, member.role, member.id))

    def ticket(self, live: LiveRoom, member: Member) -> str:
        """A ticket that opens one socket within `TICKET_LASTS_S`."""
        late = time.monotonic()
        self._tickets = {text: each for text, each in self._tickets.items() if each.until > late}
        while len(self._tickets) >= MOST_TICKETS:
            del self._tickets[next(iter(self._tickets))]
        text = secrets.token_urlsafe(24)
        self._tickets[text] = _Ticket(live.id, member.id, late + TICKET_LASTS_S)
        return text

    def redeem(self, text: str, room: str) -> str | None:
        """The member whose ticket to the room it is, for the first and only time; else None."""
        ticket = self._tickets.get(text)
        if ticket is None or ticket.room != room:
            return None
        del self._tickets[text]
        return ticket.member if ticket.until > time.monotonic() else None

    # --- upkeep

    async def sweep(self) -> None:
        """Forget who is gone, for ever."""
        while True:
            await asyncio.sleep(SWEPT_EVERY_S)
            for live in list(self._rooms.values()):
                live.forget_the_gone()
                if not live.idle:
                    continue
                if live.room.state is RoomState.OPEN:
                    live.close("Nobody was here any longer.")
                self._rooms.pop(live.id, None)

    async def purge(self, days: float) -> int:
        """Delete the rooms older than `days` that nobody is in; how many."""
        return await self.ask(self.store.purge, days)

    async def shut(self) -> None:
        """Close all connections; rooms stay as they are."""
        for live in self._rooms.values():
            live.shut(WSCloseCode.GOING_AWAY)

    async def close(self) -> None:
        """Keep all that is still to be kept."""
        with contextlib.suppress(RuntimeError):
            await asyncio.to_thread(self._worker.shutdown)
        self.store.close()


HALL = web.AppKey("hall", Hall)
