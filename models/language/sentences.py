"""Words as they were said, cut into sentences."""

from collections.abc import Iterator, Sequence

from models.observations import Word, ends_sentence

MOST = 40
"""Words of a sentence; speech that never comes to a full stop is cut."""
LONG = 25
"""Words from which on a comma will do."""
FEWEST = 4
"""Words below which a sentence ("So. Right.") goes with the next one."""


def has_letters(word: Word) -> bool:
    """Whether a word is more than punctuation."""
    return any(map(str.isalnum, word.text))


def cut(words: Sequence[Word]) -> Iterator[tuple[Word, ...]]:
    """The sentences of an answer, by the recogniser's punctuation; every word is in one, in order.

    Punctuation that stands alone goes with what follows it; behind the last sentence it is left out.
    """
    start = count = 0
    for n, word in enumerate(words):
        count += has_letters(word)
        stops = ends_sentence(word.text) and count >= FEWEST
        pauses = count >= LONG and word.text.endswith((",", ";", ":"))
        if stops or pauses or count >= MOST:
            yield tuple(words[start : n + 1])
            start, count = n + 1, 0
    if count:
        yield tuple(words[start:])
