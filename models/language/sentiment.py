"""Sentiment of what is said, by VADER.

Hutto and Gilbert, "VADER: a parsimonious rule-based model for sentiment analysis of social media text", ICWSM
2014: a lexicon with rules for negation and emphasis. It reads words, not voices or faces.
"""

from functools import cache

from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer


def polarity(text: str) -> float:
    """The compound score of a sentence, from -1 (negative) to 1 (positive); 0 where nothing says either."""
    return float(_analyser().polarity_scores(text)["compound"])


@cache
def _analyser() -> SentimentIntensityAnalyzer:
    return SentimentIntensityAnalyzer()
