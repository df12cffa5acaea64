"""Genre by scored evidence: each genre file says what speaks for it, and the best score wins."""

from __future__ import annotations

from dataclasses import dataclass

from pipeline.blocks import SHORT, Block
from pipeline.rules import Genre, Rule, RuleBook
from pipeline.segment import Article

# Below this a genre has not made its case, and the text is kept as narrative.
THRESHOLD = 3.0
_FALLBACK = "narrative"
_WINDOW = 2000


@dataclass(frozen=True, slots=True)
class Score:
    """A genre's points and the evidence that gave them: rule id and how often it held."""

    genre: str
    points: float
    evidence: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """The chosen genre, its lead over the next one, and every score, best first."""

    genre: Genre
    margin: float
    scores: tuple[Score, ...]


def classify(article: Article, book: RuleBook) -> Verdict:
    """Score an article for every genre; a tie or too little evidence gives ``narrative``."""
    scores = sorted((_score(article, genre) for genre in book.genres if genre.evidence), key=lambda s: (-s.points, s.genre))
    best = scores[0]
    runner_up = scores[1].points if len(scores) > 1 else 0.0
    margin = best.points - runner_up
    if best.points < THRESHOLD or margin <= 0:
        return Verdict(book.genre(_FALLBACK), max(THRESHOLD - best.points, 0.0), tuple(scores))
    return Verdict(book.genre(best.genre), margin, tuple(scores))


def _score(article: Article, genre: Genre) -> Score:
    points = 0.0
    held: list[tuple[str, int]] = []
    for rule in genre.evidence:
        if rule.on == "title":
            heads = [*([article.title.text] if article.title else []), *article.subtitles]
            count = 1 if any(rule.apply(head) for head in heads) else 0
        elif rule.on == "line":
            count = 0
            for block in article.blocks:
                count += 1 if _holds(block, rule) else 0
                if count >= rule.at_most:
                    break
        elif rule.on == "header":
            count = min(sum(rule.apply(" ".join(h.roles)) is not None for h in article.headers), rule.at_most)
        else:
            continue
        if count:
            points += rule.weight * count
            held.append((rule.id, count))
    return Score(genre.name, points, tuple(held))


def _holds(block: Block, rule: Rule) -> bool:
    if rule.match == "full" and len(block.text) > SHORT:
        return False
    return rule.apply(block.text[: _WINDOW]) is not None
