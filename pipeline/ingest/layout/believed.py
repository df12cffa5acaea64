"""Whether the text layer of a page can be believed, or the page must be recognised from its image."""

from __future__ import annotations

from pipeline.ingest.decode import common_characters
from pipeline.ingest.layout.model import Page
from pipeline.ingest.layout.thresholds import layout_rules


def text_layer_problem(page: Page, *, pictured: float, drawn: bool) -> str | None:
    """The code of what is wrong with a page's text; None where it can be believed or nothing is on the page.

    ``pictured`` is the share of the page that pictures cover, ``drawn`` is true where anything but text is on it. Fonts that
    do not say which characters they draw give replacement and private characters, or rare ones.
    """
    rules = layout_rules()["text_layer"]
    chars = [char for piece in page.pieces for char in piece.text if not char.isspace()]
    if not chars:
        return "page_without_text" if drawn else None
    if pictured >= rules["picture_share"] and len(chars) < rules["picture_chars"]:
        return "page_without_text"
    if sum(_meaningless(char) for char in chars) > rules["most_meaningless"] * len(chars):
        return "page_text_broken"
    han = [char for char in chars if "\u3400" <= char <= "\u9fff" or char >= "\U00020000"]
    if len(han) < rules["counted_from"]:
        return None
    common = common_characters()
    return "page_text_broken" if sum(char in common for char in han) < rules["least_common"] * len(han) else None


def _meaningless(char: str) -> bool:
    return char == "\ufffd" or char < " " or "\x7f" <= char < "\xa0" or "\ue000" <= char <= "\uf8ff" or char >= "\U000f0000"
