"""The lane that reads what was said, beside those that see and hear."""

from collections.abc import Callable, Iterator

from models.observations import QuestionAsked
from models.stage import Spoken, Stage
from sessions import metrics
from sessions.lanes import Lane, Sink

BOUND = 500
"""Questions and utterances that may wait: a quarter of an hour of speech."""

Said = tuple[Spoken, float]
"""A question or a final utterance, and when what it was made from arrived (s)."""


class ReadingLane(Lane[Said, Spoken]):
    """Questions and utterances in order; past the bound utterances go unread, which coverage shows."""

    def __init__(self, make: Callable[[], Stage[Spoken]], sink: Sink) -> None:
        super().__init__("reading", make, sink, BOUND)

    def put(self, item: Said) -> None:
        """See `Lane.put`; an utterance that is still open is not read."""
        if isinstance(item[0], QuestionAsked) or item[0].final:
            super().put(item)

    def _chunks(self, items: list[Said]) -> Iterator[Said]:
        yield from items

    def _skip(self, items: list[Said]) -> None:
        metrics.SKIPPED_UTTERANCES.inc(len(items))
        for item in items:
            if isinstance(item[0], QuestionAsked):
                self.put(item)
