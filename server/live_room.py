"""A room while somebody is in it: who is connected, what they tell each other, and its session."""

import asyncio
import contextlib
import itertools
import secrets
import time
from collections.abc import Callable, Collection, Coroutine
from dataclasses import dataclass, field, replace
from typing import Any, Protocol

import structlog

from models.observations import (
    Choice,
    ConsentGiven,
    Mark,
    MarkKind,
    Observation,
    OtherSpeech,
    QuestionAsked,
    SentenceRead,
    Utterance,
    VoiceActivity,
)
from scoring.follow_up import Suggestion
from sessions import own_questions
from sessions.agenda import Agenda, Change, question_of
from sessions.coach import Coach
from sessions.directory import Directory, Full
from sessions.own_questions import BadList
from sessions.questions import FREE, Question, bank, question_sets
from sessions.room_store import Kept, MarkMade, RoomStore
from sessions.rooms import MARK_LOOKS_BACK_S, SPEAKERS, Knock, Member, NotNow, NotYours, Role, RoomState
from sessions.session import LiveSession, caption
from sessions.sharing import Audience, Feed, Outbox
from sessions.state import State
from sessions.store import SessionRecord
from sessions.suggesting import Suggesting
from sessions.tables import now
from sessions.talk import Talk
from sessions.wire import message

log = structlog.get_logger()
LONGEST_S = 12 * 3600.0
"""How long a room's session waits for its candidate: it ends with the room, not before."""
IDLE_S = 15 * 60.0
"""An open room that nobody is in for so long ends."""
KNOCK_LASTS_S = 60.0
"""A knock that is no longer asked about is forgotten."""
SIGNALS_A_SECOND, SIGNALS_AT_ONCE = 50.0, 200.0
REASONS_EVERY_S = 1.0
"""Between two tellings of what moved the scores, which nobody reads faster."""
NAMED_OBSERVERS = 20
MOST_MARKS = 500
WATCHERS = (Role.INTERVIEWER, Role.OBSERVER)
ENDED, REPLACED, NO_SEAT, TOO_SLOW = 4000, 4001, 4003, 4008
"""Codes with which a socket closes."""


@dataclass(eq=False)
class Connection:
    """A socket or event stream of a member."""

    member: str
    outbox: Outbox
    closing: int | None = None
    """The code with which to close once all is sent."""
    media: dict[str, bool] = field(
        default_factory=lambda: {"camera": False, "microphone": False, "screen": False}
    )
    signals: float = SIGNALS_AT_ONCE
    """Signals that may be sent now."""
    counted: float = field(default_factory=time.monotonic)

    def finish(self, code: int) -> None:
        """Close once all is sent."""
        self.closing = code
        self.outbox.filled.set()

    def may_signal(self) -> bool:
        """One more signal is within the rate; it is counted."""
        at = time.monotonic()
        self.signals = min(SIGNALS_AT_ONCE, self.signals + SIGNALS_A_SECOND * (at - self.counted))
        self.counted = at
        if self.signals < 1:
            return False
        self.signals -= 1
        return True


@dataclass
class _Door:
    """What became of a knock."""

    knock: Knock
    asked: float
    """When it was last asked about; monotonic s."""
    answered: asyncio.Event = field(default_factory=asyncio.Event)
    member: Member | None = None
    """Admitted as this one; None while waiting, or refused."""


class Voice(Protocol):
    """An interviewer's voice that is being written down."""

    async def close(self) -> None:
        """Listen no more."""


class Keeper:
    """What a room needs from the server around it."""

    def __init__(
        self,
        store: RoomStore,
        directory: Directory,
        keep: Callable[..., None],
        close_peer: Callable[[str, str], Coroutine[Any, Any, None]],
        coach: Coach | None,
    ) -> None:
        """`keep` runs a writing method of the store later, in order; `close_peer` closes a session's leg.

        `coach` suggests what to ask next, for candidates who agree.
        """
        self.store, self.directory, self.keep, self.close_peer = store, directory, keep, close_peer
        self.coach = coach
        self._tasks: set[asyncio.Task[Any]] = set()

    def start(self, work: Coroutine[Any, Any, Any]) -> None:
        """Do something beside everything else."""
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class LiveRoom:
    """One room. Lives on the event loop; its methods raise what those of sessions.rooms.Room raise."""

    def __init__(self, kept: Kept, keeper: Keeper) -> None:
        self.record, self.room, self.choices = kept.record, kept.room, kept.choices
        self.session_id = kept.session
        self._agenda = Agenda(
            self.record.questions or question_sets().get(self.record.question_set, FREE).questions,
            kept.agenda,
        )
        self.session: LiveSession | None = (
            keeper.directory.find(kept.session) if kept.session is not None else None
        )
        self._keeper = keeper
        self.feed = Feed()
        """What observers are told once they are welcomed."""
        self._audience = Audience()
        self._audience.choose(self.room.choice)
        self._connections: dict[str, Connection] = {}
        self._doors: dict[str, _Door] = {}
        self._suggesting = Suggesting(keeper.coach, self._suggest)
        self._coach(kept.coached and self.coachable)
        self._talk = Talk()
        self._reasoned = 0.0
        self._voices: dict[str, Voice] = {}
        self.utterances = itertools.count()
        """Ids for what interviewers say."""
        self._others_s: float | None = None
        self._busy = False
        self._marks: list[MarkMade] = []
        self._handed_in: list[str] = []
        self._empty_since = time.monotonic()

    @property
    def id(self) -> str:
        """The room's."""
        return self.record.id

    @property
    def owner(self) -> Member:
        """Who made the room."""
        return next(member for member in self.room.members.values() if member.owner)

    @property
    def questions(self) -> tuple[Question, ...]:
        """Those that were planned, and behind them those that were asked beside them."""
        return self._agenda.questions

    @property
    def t(self) -> float | None:
        """Session time now, s; None where nothing is measured."""
        return round(self.session.t, 3) if self.session and not self.session.over else None

    @property
    def analysed(self) -> bool:
        """The candidate's second leg is wanted now."""
        return self.room.state is RoomState.OPEN and self.room.choice in ("everything", "content")

    @property
    def coachable(self) -> bool:
        """A language model may suggest what to ask, if the candidate agrees; not where nothing is kept."""
        return self._keeper.coach is not None and self.record.keep != "none"

    @property
    def idle(self) -> bool:
        """Nobody was here for long."""
        return not self._connections and not self._doors and time.monotonic() - self._empty_since > IDLE_S

    def restore(self, marks: list[MarkMade], handed_in: list[str]) -> None:
        """What was noted before the server was started again."""
        self._marks.extend(marks)
        self._handed_in = handed_in

    # --- connections

    def connect(self, connection: Connection, ice_servers: list[dict[str, Any]]) -> None:
        """A member's socket or event stream is open: tell it all, and the others of it."""
        member = self.room.members[connection.member]
        opened = self.room.arrive(member.id)
        earlier = self._connections.get(member.id)
        if earlier:
            self._drop(earlier, REPLACED)
        self._connections[member.id] = connection
        connection.outbox.put(message("welcome", {**self._welcome(member), "ice_servers": ice_servers}))
        if member.role in WATCHERS:
            self._audience.join(self._receiver(connection))
        if opened:
            self._keep_state()
            self._tell("room", self._room())
        self._arrange()
        self._tell_members(of=member.role)

    def disconnect(self, connection: Connection) -> None:
        """A socket or event stream is closed."""
        if self._connections.get(connection.member) is not connection:
            return
        self._forget(connection)
        if connection.member in self._voices:
            self._keeper.start(self.stop_listening(connection.member))
        self._empty_since = time.monotonic()
        self.room.depart(connection.member)
        self._tell_members(of=self.room.members[connection.member].role)

    def _drop(self, connection: Connection, code: int) -> None:
        self._forget(connection)
        connection.finish(code)

    def _forget(self, connection: Connection) -> None:
        self._connections.pop(connection.member, None)
        receiver = self._receiver(connection)
        if receiver not in self._receivers(WATCHERS):
            self._audience.quit(receiver)

    def _receiver(self, connection: Connection) -> Outbox | Feed:
        return self.feed if connection.outbox.role is Role.OBSERVER else connection.outbox

    def _receivers(self, roles: Collection[Role]) -> set[Outbox | Feed]:
        here = self._connections.values()
        return {self._receiver(each) for each in here if each.outbox.role in roles}

    def shut(self, code: int) -> None:
        """Close all connections; the members may come back."""
        for connection in list(self._connections.values()):
            self._drop(connection, code)
            self.room.depart(connection.member)

    # --- the door

    def knock(self, name: str, role: Role) -> Knock:
        """Somebody with an invitation asks to be let in."""
        knock = self.room.knock(secrets.token_hex(8), name, role)
        self._doors[knock.id] = _Door(knock, time.monotonic())
        self._tell_knocks()
        return knock

    async def await_answer(self, knock: str, wait_s: float) -> tuple[str, Member | None]:
        """What became of a knock, waited for a while: "waiting", "admitted" with a member, or "refused"."""
        door = self._doors.get(knock)
        if door is None:
            return "refused", None
        door.asked = time.monotonic() + wait_s
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(door.answered.wait(), wait_s)
        door.asked = time.monotonic()
        if not door.answered.is_set():
            return "waiting", None
        return ("admitted" if door.member else "refused"), door.member

    def knocked(self, knock: str) -> Knock | None:
        """The knock, answered or not, while it is remembered."""
        door = self._doors.get(knock)
        return door.knock if door else None

    def admit(self, by: str, knock: str) -> Member:
        """Let somebody in."""
        member = self.room.admit(by, knock, secrets.token_hex(8))
        self._keeper.keep(self._keeper.store.keep_member, self.id, member)
        self._answer(knock, member)
        self._tell_members(of=member.role)
        return member

    def refuse(self, by: str, knock: str) -> None:
        """Send somebody away."""
        self.room.refuse(by, knock)
        self._answer(knock, None)

    def _answer(self, knock: str, member: Member | None) -> None:
        door = self._doors.get(knock)
        if door:
            door.member = member
            door.answered.set()
        self._tell_knocks()

    def forget_the_gone(self) -> None:
        """Forget the knocks that nobody asks about any longer."""
        late = time.monotonic() - KNOCK_LASTS_S
        gone = [id_ for id_, door in self._doors.items() if door.asked < late]
        for id_ in gone:
            del self._doors[id_]
            self.room.forget(id_)
        if gone:
            self._tell_knocks()

    def leave(self, member: str) -> None:
        """A member gives their seat up; with the candidate of a session goes the room."""
        was = self.room.members[member]
        self.room.leave(member)
        self._left(was)

    def remove(self, by: str, member: str) -> None:
        """A member's seat is taken away."""
        self.room.remove(by, member)
        self._left(self.room.members[member])

    def _left(self, member: Member) -> None:
        connection = self._connections.get(member.id)
        if connection:
            self._drop(connection, NO_SEAT)
        self._keeper.keep(self._keeper.store.keep_member, self.id, replace(member, left=True))
        if member.role is Role.CANDIDATE:
            if self.session_id is not None:
                self.close("The candidate has left.")
                return
            self.choices.clear()
            self._coach(False)
            self._audience.choose(None)
            self._keeper.keep(self._keeper.store.forget_choices, self.id)
            self._tell("consent", self._consent())
        self._tell_members(of=member.role)

    # --- the interview

    def choose(self, by: str, choice: Choice, coached: bool = False) -> None:
        """The candidate says what is shared, from the very next message on.

        `coached`: their answers may go, as text, to the language model that suggests what to ask next.
        """
        self.room.choose(by, choice)
        self.choices.append(choice)
        self._audience.choose(choice)
        self._coach(coached and choice != "none" and self.coachable)
        if self.session:
            self.session.note(ConsentGiven(round(self.session.t, 3), choice))
        self._keeper.keep(self._keeper.store.choose, self.id, choice, self._coached)
        self._tell("consent", self._consent())
        self._arrange()
        if choice == "none" and self.session_id:
            self._keeper.start(self._keeper.close_peer(self.session_id, "not shared"))
            self._hush()

    def _coach(self, agreed: bool) -> None:
        self._coached = agreed
        self._suggesting.agree(agreed)

    def ask(self, by: str, question: Question) -> None:
        """An interviewer asks."""
        self._require_interviewer(by)
        if self.room.state is not RoomState.OPEN:
            raise NotNow("Questions can be asked once the candidate is here.")
        t = self.t if self.session and self.session.state is State.LIVE else None
        self._carry_out(self._agenda.choose(question, t, self._talk.until(t or 0.0)))

    def unask(self, by: str, index: int) -> None:
        """What was found in an interviewer's speech was no question."""
        self._require_interviewer(by)
        change = self._agenda.drop(index)
        if change.dropped is None:
            raise NotNow("Only a question that was found in what an interviewer said can be taken back.")
        self._carry_out(change)

    def reword(self, by: str, index: int, text: str) -> None:
        """What was found in an interviewer's speech was asked in other words."""
        self._require_interviewer(by)
        change = self._agenda.reword(index, _own(text))
        if not change.put:
            raise NotNow(
                "Only a question that was found in what an interviewer said can be reworded, to a new one."
            )
        self._carry_out(change)

    def _carry_out(self, change: Change) -> None:
        """Put in the session what was asked, and take back there what was not asked after all."""
        session = self.session
        for gone in change.back:
            if session and gone.t is not None:
                session.note(replace(gone.question.asked(gone.t), text=""))
        for put in change.put:
            if session and put.t is not None:
                session.ask(put.question, put.t, put.by)
        if change.dropped is not None:
            self._tell("unasked", {"index": change.dropped})
        agenda = self._agenda.to_json(heard=self.record.keep != "none")
        self._keeper.keep(self._keeper.store.keep_agenda, self.id, agenda)
        self._tell_question()

    def find_question(self, wish: dict[str, Any]) -> Question:
        """The question of an `ask`."""
        if "index" in wish:
            found = self.questions[wish["index"] : wish["index"] + 1]
            if not found or not found[0].text:
                raise NotNow("There is no such question.")
            return found[0]
        if "id" in wish:
            if wish["id"] not in bank():
                raise NotNow("There is no such question in the bank.")
            return bank()[wish["id"]]
        known = next((each for each in self.questions if each.text == wish["text"]), None)
        return known or _own(wish["text"])

    def mark(self, by: str, kind: MarkKind, text: str, ago: float) -> None:
        """An interviewer marks what was said or done just before; `ago` s ago, where nobody was connected."""
        self._require_interviewer(by)
        self._require_not_ended()
        if len(self._marks) >= MOST_MARKS:
            raise NotNow(f"A room has {MOST_MARKS} marks at most.")
        at = self.t
        t = None if at is None else round(max(0.0, at - ago - MARK_LOOKS_BACK_S), 3)
        mark = MarkMade(secrets.token_hex(8), self.id, t, now(), by, kind, text)
        self._marks.append(mark)
        self._keeper.keep(self._keeper.store.mark, mark)
        if self.session and t is not None:
            self.session.note(Mark(t, by, kind, text))
        self._tell("mark", self.shown(mark), roles=(Role.INTERVIEWER,))

    def shown(self, mark: MarkMade) -> dict[str, Any]:
        """A mark as the wire has it."""
        maker = self.room.members.get(mark.by)
        return {
            "id": mark.id,
            "t": mark.t,
            "at": mark.at,
            "by": mark.by,
            "name": maker.name if maker else "Somebody",
            "mark": mark.mark,
            "text": mark.text,
        }

    def handed_in(self, member: str) -> None:
        """An interviewer has handed in their ratings."""
        self._handed_in.append(member)
        self._tell("rated", {"handed_in": self._handed_in}, key="rated", roles=(Role.INTERVIEWER,))

    def signal(self, sender: Connection, wish: dict[str, Any]) -> None:
        """Hand a description or a candidate to the member that it is for."""
        by, to = self.room.members[sender.member], self.room.members.get(wish["member"])
        if by.role not in SPEAKERS or to is None or to.role not in SPEAKERS or to is by:
            raise NotYours("Media goes between the candidate and interviewers alone.")
        if by.role is Role.CANDIDATE and self.room.choice is None:
            raise NotNow("Choose first what is shared.")
        if not sender.may_signal():
            raise NotNow("Too many signals at once.")
        receiver = self._connections.get(to.id)
        if receiver is None:
            raise NotNow("They are not here.")
        receiver.outbox.put(message("signal", {**wish, "member": by.id}))

    def show_media(self, connection: Connection, media: dict[str, bool]) -> None:
        """What a member has switched on."""
        connection.media = media
        self._tell_members(of=self.room.members[connection.member].role)

    def end(self, by: str) -> None:
        """End the room for everybody."""
        self.room.end(by)
        self._closed(f"{self.room.members[by].name} ended it for everybody.")

    def close(self, sentence: str) -> None:
        """End the room, whoever is in it."""
        if self.room.state is not RoomState.ENDED:
            self.room.close()
            self._closed(sentence)

    def _closed(self, sentence: str) -> None:
        self._suggesting.stop()
        self._keep_state()
        self._keeper.start(self._wind_up())
        for door in self._doors.values():
            door.answered.set()
        self._tell("room", {**self._room(), "message": sentence})
        for connection in list(self._connections.values()):
            self._drop(connection, ENDED)

    def _require_interviewer(self, by: str) -> None:
        if not self.room.sits(by, Role.INTERVIEWER):
            raise NotYours("Only interviewers may do that.")

    def _require_not_ended(self) -> None:
        if self.room.state is RoomState.ENDED:
            raise NotNow("This room has ended.")

    # --- the session

    def _arrange(self) -> None:
        """Begin the session when it is wanted, and tell the candidate where it stands."""
        if self.analysed and self.session_id is None:
            self._begin()
        candidate = self.room.candidate
        connection = self._connections.get(candidate.id) if candidate else None
        if connection:
            connection.outbox.put(message("analysis", self._analysis()), "analysis")

    def _begin(self) -> None:
        record = SessionRecord.new(
            self.record.title,
            self.record.question_set,
            self.record.keep,
            shared=True,
            rubric=self.record.rubric,
            questions=self.record.questions,
            room=self.id,
        )
        try:
            session = self._keeper.directory.admit(record, LONGEST_S)
        except Full:
            self._busy = True
            return
        self._busy = False
        self.session, self.session_id = session, record.id
        session.watcher = self
        choice = self.room.choice
        assert choice
        session.note(ConsentGiven(0.0, choice))
        # what was chosen before anything was measured says nothing about the report
        self.choices[:] = [choice]
        self._keeper.keep(self._keeper.store.forget_choices, self.id)
        self._keeper.keep(self._keeper.store.choose, self.id, choice, self._coached)
        self._keep_state()
        log.info("session of a room begins", room=self.id, session=record.id)

    def _analysis(self) -> dict[str, Any]:
        found: dict[str, Any] = {"state": "off", "session": None, "token": None, "rtc": None, "message": None}
        if not self.analysed:
            return found
        if self.session is None and self.session_id is None:
            sentence = "This machine is busy: nothing is measured for now. Choose again in a few minutes."
            return {**found, "state": "busy", "message": sentence} if self._busy else found
        if self.session is None or self.session.over:
            return {**found, "state": "ended", "message": "Nothing is measured any longer in this room."}
        id_ = self.session.record.id
        rtc = f"/api/sessions/{id_}/rtc"
        return {**found, "state": "ready", "session": id_, "token": self.session.token, "rtc": rtc}

    def told(self, type_: str, data: dict[str, Any]) -> None:
        """The candidate's page was told this by the session."""
        if type_ == "snapshot":
            others = None if self._others_s is None else round(self._others_s, 1)
            talk = {"candidate": round(self._talk.until(data["t"]), 1), "others": others}
            self._audience.tell("snapshot", {**data, "talk": talk}, "snapshot", WATCHERS)
            self._tell_reasons(data["t"])
        elif type_ == "caption":
            key = ("caption", data["utterance"])
            self._audience.tell("caption", {**data, "speaker": None}, key, WATCHERS)
        elif type_ == "state" and data["state"] == State.LIVE:
            # after the session has said all that it says to one who connects
            asyncio.get_running_loop().call_soon(self._catch_up)
        elif type_ == "state" and data["state"] == State.ENDED:
            self._arrange()

    def _tell_reasons(self, t: float) -> None:
        if self.session and len(self._audience) and t - self._reasoned >= REASONS_EVERY_S:
            self._reasoned = t
            self._audience.tell("reasons", self.session.drivers(), "reasons", WATCHERS)

    def observed(self, observation: Observation) -> None:
        """This was added to the session's timeline."""
        if isinstance(observation, VoiceActivity):
            self._talk.change(observation.t, observation.speaking)
        elif isinstance(observation, QuestionAsked):
            self._suggesting.ask(observation)
        elif isinstance(observation, SentenceRead):
            self._suggesting.read(observation)

    # --- interviewers' voices

    async def listen(self, member: str, voice: Voice) -> None:
        """What an interviewer says is written down from now on; an earlier leg of theirs gives way."""
        earlier = self._voices.pop(member, None)
        self._voices[member] = voice
        self._others_s = self._others_s or 0.0
        self._tell_members(of=Role.INTERVIEWER)
        if earlier:
            await earlier.close()

    async def stop_listening(self, member: str) -> None:
        """What an interviewer says is written down no longer."""
        voice = self._voices.pop(member, None)
        if voice:
            self._tell_members(of=Role.INTERVIEWER)
            await voice.close()

    async def _wind_up(self) -> None:
        """End the session once all is written down."""
        for member in list(self._voices):
            await self.stop_listening(member)
        if self.session and not self.session.over:
            await self.session.end("finished")

    def _hush(self) -> None:
        for member in list(self._voices):
            self._keeper.start(self.stop_listening(member))

    def heard(self, member: str, said: Utterance) -> None:
        """An interviewer's utterance so far."""
        session = self.session
        if session is None or session.over or self.room.choice not in ("everything", "content"):
            return
        told = {**caption(said), "speaker": member}
        self._audience.tell("caption", told, ("caption", member, said.id), WATCHERS)
        if said.final and said.text:
            self._others_s = (self._others_s or 0.0) + said.end - said.start
            session.note(OtherSpeech(said.start, said.end, member, said.text, said.words))

    def asked_aloud(self, member: str, heard: QuestionAsked) -> None:
        """A question was found in what an interviewer said."""
        session = self.session
        question = question_of(heard.text)
        if session is None or session.state is not State.LIVE or question is None:
            return
        if self.room.choice not in ("everything", "content") or not self.room.sits(member, Role.INTERVIEWER):
            return
        change = self._agenda.hear(question, heard.t, member, self._talk.until(heard.t))
        if change.put:
            self._carry_out(change)

    def _suggest(self, by: str, suggestions: list[Suggestion]) -> None:
        told = {"by": by, "suggestions": [each._asdict() for each in suggestions]}
        self._audience.tell("follow_ups", told, "follow_ups", (Role.INTERVIEWER,))

    def _catch_up(self) -> None:
        session = self.session
        put = self._agenda.open(round(session.t, 3)) if session and session.state is State.LIVE else None
        if put:
            self._carry_out(Change((), (put,)))

    # --- telling

    def _tell(
        self, type_: str, data: dict[str, Any], key: str | None = None, roles: tuple[Role, ...] = tuple(Role)
    ) -> None:
        """Tell what was not measured."""
        text = message(type_, data)
        for receiver in self._receivers(roles):
            receiver.put(text, type_ if receiver is self.feed else key)

    def _tell_question(self) -> None:
        question = self._question_now()
        if question:
            self._tell("question", question, "question")

    def _tell_members(self, of: Role) -> None:
        """Tell who is here after one in role `of` came or went; of observers those who speak are told."""
        roles = tuple(SPEAKERS) if of is Role.OBSERVER else tuple(Role)
        self._tell("members", {"members": self._members(), "observers": self._observers()}, "members", roles)

    def _tell_knocks(self) -> None:
        text = message("knocks", {"knocks": self._knocks()})
        for connection in self._connections.values():
            if self.room.members[connection.member].admits:
                connection.outbox.put(text, "knocks")

    def _keep_state(self) -> None:
        self._keeper.keep(self._keeper.store.move, self.id, self.room.state, self.session_id)

    def _room(self) -> dict[str, Any]:
        return {"id": self.id, "title": self.record.title, "state": self.room.state, "message": None}

    def _consent(self) -> dict[str, Any]:
        return {"choice": self.room.choice, "t": self.t, "coach": self._coached}

    def _members(self) -> list[dict[str, Any]]:
        off = {"camera": False, "microphone": False, "screen": False}
        seated = [member for role in Role if role is not Role.OBSERVER for member in self.room.seated(role)]
        return [
            {
                "id": member.id,
                "name": member.name,
                "role": member.role,
                "owner": member.owner,
                "here": member.id in self.room.here,
                "written": member.id in self._voices,
                **(self._connections[member.id].media if member.id in self._connections else off),
            }
            for member in seated
        ]

    def _observers(self) -> dict[str, Any]:
        here = [member.name for member in self.room.seated(Role.OBSERVER) if member.id in self.room.here]
        return {"here": len(here), "names": here[:NAMED_OBSERVERS]}

    def _knocks(self) -> list[dict[str, Any]]:
        return [
            {"id": knock.id, "name": knock.name, "role": knock.role} for knock in self.room.knocks.values()
        ]

    def _question_now(self) -> dict[str, Any] | None:
        put = self._agenda.current
        if put is None:
            return None
        question, index = put.question, self._agenda.index(put.question)
        return {
            "index": index,
            "count": max(index + 1, len(self.questions) - len(self._agenda.dropped)),
            "id": question.id,
            "text": question.text,
            "topic": question.topic,
            "seconds": question.seconds,
            "asked_at": put.t,
            "found": index in self._agenda.found,
        }

    def planned(self) -> list[dict[str, Any]]:
        """The questions, for interviewers."""
        return [
            {
                "index": n,
                "text": each.text,
                "topic": each.topic,
                "seconds": each.seconds,
                "found": n in self._agenda.found,
                "asked": n in self._agenda.asked,
            }
            for n, each in enumerate(self.questions)
            if n not in self._agenda.dropped
        ]

    def _welcome(self, member: Member) -> dict[str, Any]:
        interviews, candidate = member.role is Role.INTERVIEWER, member.role is Role.CANDIDATE
        may = {
            "admit": member.admits,
            "ask": interviews,
            "consent": candidate,
            "end": member.admits,
            "mark": interviews,
            "rate": interviews,
            "speak": member.role in SPEAKERS,
        }
        analysis = self._analysis()
        over = analysis["message"] if analysis["state"] == "ended" and not candidate else None
        return {
            "me": member.id,
            "may": [name for name, allowed in may.items() if allowed],
            "room": {**self._room(), "message": over},
            "members": self._members(),
            "observers": self._observers(),
            "knocks": self._knocks() if member.admits else [],
            "consent": self._consent(),
            "analysis": analysis if candidate else None,
            "question": self._question_now(),
            "questions": self.planned() if interviews else [],
            "marks": [self.shown(mark) for mark in self._marks] if interviews else [],
            "t": self.t,
        }


def _own(text: str) -> Question:
    """A question as an interviewer typed it."""
    try:
        (question,) = own_questions.read([text])
    except BadList as error:
        raise NotNow(str(error)) from None
    return question
