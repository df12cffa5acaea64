"""Character recognition: the lines of a page image, each with a confidence that means something.

The models are those inside the rapidocr package; they run here, on two threads, and nothing is ever fetched. Each line
is read once, and a second time with its noise smoothed away when the first reading is not sure of every character. The
confidence of a line is that of its weakest character in its weaker reading, and two readings that differ are worth no
more than a coin: with means, one wrong character in forty is not to be seen. Widths and variants that the rules hold
for the same character (``:`` and ``：``) count as one. A line that leaves print beside its characters unread is worth
nothing. Print that no line was found for is looked for at the end, and read or reported.
"""

from __future__ import annotations

import logging
import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

import regex

from pipeline.ingest.errors import UnreadableDocument, missing_extra
from pipeline.ingest.layout import Page, Piece
from pipeline.view import fold

if TYPE_CHECKING:
    from PIL import Image

# The size of a page on which lines are looked for: enough for small print on a newspaper page, and bounded memory.
# The characters are read from the full image.
_SEARCHED_PIXELS = 6_000_000
# A page holds no more lines than this; print beyond it is reported as unread.
_MOST_LINES = 5_000
_THREADS = 2
# The recogniser sees a line 48 pixels high and looks at every eighth column.
_HEIGHT, _STEP, _BATCH, _NARROWEST = 48, 8, 6, 320
# A detected box is higher than the characters in it.
_EM_OF_BOX = 0.85
# A first reading of at least this confidence in each character is not read again.
_SURE = 0.99
# Of two readings that differ one is wrong.
_COIN = 0.5
# Width of the smoothing, in pixels of a line 48 high.
_SMOOTHING = 1.7
# From this confidence on, on the whole, a stretch that no line was found for is text; its own confidence may be lower.
_READ = 0.6
# In heights of a character: a gap between Chinese characters that is a space, and one that is as wide as characters.
_LEAST_GAP, _WIDE_GAP = 0.26, 0.78
_NO_CONTENT = regex.compile(r"[^\p{L}\p{N}《》]+")
_HAN = regex.compile(r"\p{Han}")


@dataclass(frozen=True, slots=True)
class _Engine:
    """The two models: ``find`` gives the boxes of lines, ``look`` the probabilities of characters along a line."""

    find: Any
    look: Any
    characters: tuple[str, ...]
    same: tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class _Reading:
    """One reading of a line: its characters, where each stands (in columns of eight pixels) and how sure each is."""

    text: str
    places: tuple[int, ...]
    chances: tuple[float, ...]

    @property
    def confidence(self) -> float:
        # A space is no print: how sure it is does not tell of the characters.
        return min((p for c, p in zip(self.text, self.chances, strict=True) if not c.isspace()), default=0.0)


def extractor() -> str:
    """Name and version of the recogniser, as a document's extractor shows it."""
    return f"rapidocr {version('rapidocr')}"


def need(zh: str = "扫描件和图片", en: str = "scans and images") -> None:
    """Raises the error that names what to install, unless recognition is installed with its models."""
    try:
        _engine()
    except ImportError as error:
        raise missing_extra("ocr", zh, en) from error


def scanned_page(image: Image.Image, dpi: float, number: int) -> Page:
    """The page of an image, turned upright where it lies on its side or on its head; its size is that of the turned page.

    Print that cannot be read is told by the finding ocr_print_unread.
    """
    need()
    np: Any = import_module("numpy")
    pixels = _array(image)
    boxes = _boxes(pixels)
    turns = _turns(pixels, boxes)
    if turns:
        pixels = np.ascontiguousarray(np.rot90(pixels, turns))
        boxes = _boxes(pixels)
    pieces, unread = _pieces(pixels, boxes, dpi)
    high, wide = pixels.shape[:2]
    findings = (("ocr_print_unread", {"count": str(unread)}),) if unread else ()
    return Page(number, wide * 72 / dpi, high * 72 / dpi, pieces, (), findings)


@cache
def _engine() -> _Engine:
    rapid: Any = import_module("rapidocr")
    main: Any = import_module("rapidocr.main")
    import_module("onnxruntime")
    import_module("cv2")
    folder = Path(rapid.__file__).parent / "models"
    # Given by name: a model that is not named is looked up, compared with a checksum and fetched when it does not fit.
    models = {kind: _model(folder, kind) for kind in ("det", "rec")}
    engine = main.RapidOCR(params={
        "Global.log_level": "critical", "Global.use_cls": False,
        "Det.model_path": str(models["det"]), "Rec.model_path": str(models["rec"]),
        "Det.max_candidates": _MOST_LINES,
        "EngineConfig.onnxruntime.intra_op_num_threads": _THREADS, "EngineConfig.onnxruntime.inter_op_num_threads": 1,
    })
    logging.getLogger("RapidOCR").setLevel(logging.CRITICAL)
    reader = engine._load_rec_model()
    characters = tuple(reader.postprocess_op.character)
    same: dict[str, list[int]] = defaultdict(list)
    for index, character in enumerate(characters):
        same[fold(character) or character].append(index)
    return _Engine(engine._load_det_model(), reader.session, characters, tuple(tuple(same[fold(c) or c]) for c in characters))


def _model(folder: Path, kind: str) -> Path:
    found = sorted(folder.glob(f"*_{kind}_*.onnx"))
    if not found:
        raise UnreadableDocument(
            "missing_extra", f"缺少识别模型（{kind}），请重新安装：pip install --force-reinstall rapidocr",
            f"a model of the recogniser is missing ({kind}): pip install --force-reinstall rapidocr")
    return found[-1]


def _array(image: Image.Image) -> Any:
    """The pixels as the models take them: blue, green, red; transparent ones white."""
    from PIL import Image

    np: Any = import_module("numpy")
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        deep = np.asarray(image).astype("float32")
        most = max(float(deep.max(initial=0)), 255.0)
        image = Image.fromarray((deep * (255 / most)).astype("uint8"))
    if "transparency" in image.info or image.mode in ("RGBA", "LA", "PA"):
        image = image.convert("RGBA")
        paper = Image.new("RGBA", image.size, "white")
        paper.alpha_composite(image)
        image = paper
    return np.ascontiguousarray(np.asarray(image.convert("RGB"))[:, :, ::-1])


def _boxes(pixels: Any) -> list[Any]:
    """The corners of each line, from the top left one clockwise, in the order of the page."""
    cv2: Any = import_module("cv2")
    np: Any = import_module("numpy")
    high, wide = pixels.shape[:2]
    scale = min(1.0, (_SEARCHED_PIXELS / (high * wide)) ** 0.5)
    if scale < 1:
        pixels = cv2.resize(pixels, (max(1, int(wide * scale)), max(1, int(high * scale))), interpolation=cv2.INTER_AREA)
    if min(pixels.shape[:2]) < 16:
        return []
    found = _engine().find(pixels).boxes
    return [] if found is None else [np.asarray(box, dtype="float32") / scale for box in found]


def _strip(pixels: Any, box: Any, quarter: int = 0) -> Any:
    """What a box shows, set upright and 48 pixels high."""
    cv2: Any = import_module("cv2")
    np: Any = import_module("numpy")
    wide = max(float(np.linalg.norm(box[0] - box[1])), float(np.linalg.norm(box[3] - box[2])), 1.0)
    high = max(float(np.linalg.norm(box[0] - box[3])), float(np.linalg.norm(box[1] - box[2])), 1.0)
    size = (max(1, round(wide)), max(1, round(high)))
    corners = np.array([[0, 0], [size[0], 0], size, [0, size[1]]], dtype="float32")
    out = cv2.warpPerspective(pixels, cv2.getPerspectiveTransform(box, corners), size,
                              borderMode=cv2.BORDER_REPLICATE, flags=cv2.INTER_CUBIC)
    out = np.rot90(out, quarter)
    high, wide = out.shape[:2]
    how = cv2.INTER_CUBIC if high < _HEIGHT else cv2.INTER_AREA
    # A rule across the page is no line of text: nothing is that long.
    return cv2.resize(np.ascontiguousarray(out), (min(max(1, round(wide * _HEIGHT / high)), 8000), _HEIGHT), interpolation=how)


def _read(strips: Sequence[Any]) -> list[_Reading]:
    """A reading for each strip; strips of like width are read together."""
    np: Any = import_module("numpy")
    engine = _engine()
    session = engine.look.session
    name = session.get_inputs()[0].name
    out = [_Reading("", (), ())] * len(strips)
    order = sorted(range(len(strips)), key=lambda i: int(strips[i].shape[1]))
    for start in range(0, len(order), _BATCH):
        chosen = order[start : start + _BATCH]
        wide = max(_NARROWEST, *(strips[i].shape[1] for i in chosen))
        batch = np.zeros((len(chosen), 3, _HEIGHT, wide), dtype="float32")
        for row, i in enumerate(chosen):
            batch[row, :, :, : strips[i].shape[1]] = strips[i].transpose(2, 0, 1) / 127.5 - 1
        for row, chances in zip(chosen, session.run(None, {name: batch})[0], strict=True):
            out[row] = _decoded(chances, engine)
    return out


def _decoded(chances: Any, engine: _Engine) -> _Reading:
    """The characters of one line: runs of the same answer are one character, the first answer is none at all."""
    best = chances.argmax(axis=1)
    text: list[str] = []
    places: list[int] = []
    sure: list[float] = []
    before = 0
    for place, index in enumerate(best.tolist()):
        if index:
            chance = min(1.0, float(chances[place, list(engine.same[index])].sum()))
            if index != before:
                text.append(engine.characters[index])
                places.append(place)
                sure.append(chance)
            elif chance > sure[-1]:
                places[-1], sure[-1] = place, chance
        before = index
    # A class of the model may stand for more than one character.
    if any(len(t) != 1 for t in text):
        places = [p for t, p in zip(text, places, strict=True) for _ in t]
        sure = [p for t, p in zip(text, sure, strict=True) for _ in t]
    return _Reading("".join(text), tuple(places), tuple(sure))


@dataclass(frozen=True, slots=True)
class _Line:
    """A box as it was read: its corners drawn in to the print, the confidence of the whole line."""

    box: Any
    reading: _Reading
    confidence: float


def _lines(pixels: Any, boxes: Sequence[Any]) -> list[_Line]:
    """Each box read."""
    cv2: Any = import_module("cv2")
    strips = [_strip(pixels, box) for box in boxes]
    readings = _read(strips)
    # Higher than wide: a lone 1, or print that runs down or up the page.
    tall = {i: _strip(pixels, box, 1) for i, box in enumerate(boxes) if _height(box) > 1.5 * _width(box)}
    for (i, strip), reading in zip(tall.items(), _read([*tall.values()]), strict=True):
        if reading.confidence > readings[i].confidence and len(reading.text) > 1:
            strips[i], readings[i] = strip, reading
    unsure = [i for i, reading in enumerate(readings) if reading.confidence < _SURE]
    smooth = [cv2.GaussianBlur(strips[i], (0, 0), _SMOOTHING) for i in unsure]
    out = [(reading, reading.confidence) for reading in readings]
    for i, second in zip(unsure, _read(smooth), strict=True):
        first = readings[i]
        better, worse = (second, first) if second.confidence > first.confidence else (first, second)
        agree = _content(better.text) == _content(worse.text)
        out[i] = better, worse.confidence if agree else min(_COIN, worse.confidence)
    done = []
    for i, (reading, confidence) in enumerate(out):
        ink, trace = _ink(strips[i])
        box = boxes[i] if i in tall else _drawn_in(boxes[i], ink)
        done.append(_Line(box, _spaced(reading, trace), 0.0 if _overlooked(reading, ink) else confidence))
    return done


def _drawn_in(box: Any, ink: Any) -> Any:
    """The box without the paper before its first and after its last character."""
    np: Any = import_module("numpy")
    inked = np.flatnonzero(ink)
    if not len(inked):
        return box
    along = (box[1] - box[0], box[2] - box[3])
    start, end = float(inked[0]) / len(ink), float(inked[-1] + 1) / len(ink)
    return np.array([box[0] + along[0] * start, box[0] + along[0] * end, box[3] + along[1] * end, box[3] + along[1] * start])


def _content(text: str) -> str:
    return str(_NO_CONTENT.sub("", fold(text)))


def _ink(strip: Any) -> tuple[Any, Any]:
    """For each column of a strip whether something is printed in it for certain, and whether there is any trace of print."""
    cv2: Any = import_module("cv2")
    np: Any = import_module("numpy")
    gray = cv2.GaussianBlur(cv2.cvtColor(strip, cv2.COLOR_BGR2GRAY), (0, 0), _SMOOTHING).astype("int16")
    paper, darkest = int(np.median(gray)), int(gray.min())
    if paper < 128:  # white on black
        gray, paper, darkest = 255 - gray, 255 - paper, 255 - int(gray.max())
    contrast = paper - darkest
    if contrast < 60:
        none = gray[0] < 0
        return none, none
    inner = gray[5:-5]
    return (inner < paper - contrast / 2).sum(axis=0) >= 3, (inner < paper - contrast / 4).sum(axis=0) >= 2


def _overlooked(reading: _Reading, ink: Any) -> bool:
    """Whether print stands in the strip where the reading has no character: at least as wide as half a character."""
    np: Any = import_module("numpy")
    ink = ink.copy()
    em = _HEIGHT * _EM_OF_BOX
    for place in reading.places:
        middle = (place + 0.5) * _STEP
        ink[max(0, int(middle - 0.8 * em)) : int(middle + 0.8 * em)] = False
    edges = np.flatnonzero(np.diff(np.concatenate(([0], ink.astype("int8"), [0]))))
    return any(end - start >= em / 2 for start, end in zip(edges[::2], edges[1::2], strict=True))


def _spaced(reading: _Reading, trace: Any) -> _Reading:
    """The reading with its spaces between Chinese characters as the gaps in print say: the model drops and invents them."""
    text: list[str] = []
    places: list[int] = []
    chances: list[float] = []
    held: tuple[str, int, float] | None = None  # a space that the model saw
    for character, place, chance in zip(reading.text, reading.places, reading.chances, strict=True):
        if character.isspace():
            held = (character, place, chance)
            continue
        if text and _HAN.match(character) and _HAN.match(text[-1]):
            gap = _blank(trace, places[-1], place) / (_HEIGHT * _EM_OF_BOX)
            # The left half of this character is white.
            hollow = character == "卜" and gap < 2 * _LEAST_GAP
            space = "" if gap < _LEAST_GAP or hollow else " " if gap < _WIDE_GAP else "\u3000" * round(gap)
            held = (space, places[-1], 1.0) if space else None
        for some, where, sure in (held, (character, place, chance)) if held and text else ((character, place, chance),):
            text += some
            places += [where] * len(some)
            chances += [sure] * len(some)
        held = None
    return _Reading("".join(text), tuple(places), tuple(chances))


def _blank(trace: Any, before: int, after: int) -> int:
    """The widest stretch without print between two places, in pixels of the strip."""
    widest = run = 0
    for inked in trace[int((before + 0.5) * _STEP) : int((after + 0.5) * _STEP)].tolist():
        run = 0 if inked else run + 1
        widest = max(widest, run)
    return widest


def _width(box: Any) -> float:
    return float(((box[1] - box[0]) ** 2).sum() ** 0.5)


def _height(box: Any) -> float:
    return float(((box[3] - box[0]) ** 2).sum() ** 0.5)


def _pieces(pixels: Any, boxes: Sequence[Any], dpi: float) -> tuple[tuple[Piece, ...], int]:
    """The lines of an upright page, and how many stretches of print could not be read."""
    found = _lines(pixels, boxes)
    unread = 0
    for line in _lines(pixels, _missed(pixels, boxes)):
        if line.reading.text.strip() and sum(line.reading.chances) >= _READ * len(line.reading.chances):
            found.append(line)
        else:
            unread += 1
    out = [_piece(line, 72 / dpi) for line in found if line.reading.text.strip()]
    return tuple(sorted(out, key=lambda p: (p.y0, p.x0))), unread + len(found) - len(out)


def _piece(line: _Line, scale: float) -> Piece:
    box, reading = line.box, line.reading
    along = (box[1] - box[0]) + (box[2] - box[3])
    angle = math.degrees(math.atan2(float(along[1]), float(along[0])))
    (x0, y0), (x1, y1) = (float(v) for v in box.min(axis=0)), (float(v) for v in box.max(axis=0))
    high = min(_height(box), _width(box)) if _height(box) > 1.5 * _width(box) else _height(box)
    em = high * _EM_OF_BOX
    pitch = _pitch(reading) * high / _HEIGHT
    size = pitch if 0.75 * em <= pitch <= 1.25 * em else em
    return Piece(reading.text, x0 * scale, y0 * scale, x1 * scale, y1 * scale, size * scale, round(line.confidence, 4),
                 round(angle, 3))


def _pitch(reading: _Reading) -> float:
    """How far Chinese characters stand apart in the longest run of them, in pixels of the strip; 0 where it is too short."""
    runs = [m.span() for m in regex.finditer(r"\p{Han}{4,}", reading.text)]
    start, end = max(runs, key=lambda run: run[1] - run[0], default=(0, 0))
    return (reading.places[end - 1] - reading.places[start]) * _STEP / (end - start - 1) if end else 0.0


def _missed(pixels: Any, boxes: Sequence[Any]) -> list[Any]:
    """Stretches of print, about as high as the lines of the page, that no box covers."""
    cv2: Any = import_module("cv2")
    np: Any = import_module("numpy")
    heights = [_height(box) for box in boxes if _width(box) > _height(box)]
    if not heights:
        return []
    em = float(np.median(heights)) * _EM_OF_BOX
    # Small enough that noise averages out, large enough that a stroke stays.
    scale = min(1.0, 14 / em)
    small = cv2.resize(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY), None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    em *= scale
    paper = cv2.medianBlur(small, 2 * int(em * 1.5) + 1)
    dark = (small.astype("int16") < paper.astype("int16") - 50).astype("uint8")
    for box in boxes:
        high, wide = _height(box), _width(box)
        middle = box.mean(axis=0)
        grown = middle + (box - middle) * np.array([1 + 0.8 * high / max(wide, 1), 1.5], dtype="float32")
        cv2.fillPoly(dark, [np.round(grown * scale).astype("int32")], 0)
    joined = cv2.morphologyEx(dark, cv2.MORPH_CLOSE, np.ones((max(1, int(em * 0.3)), max(1, int(em * 0.8))), "uint8"))
    _count, _labels, stats, _centres = cv2.connectedComponentsWithStats(joined)
    out = []
    for x, y, wide, high, _area in stats[1:].tolist():
        inked = int(dark[y : y + high, x : x + wide].sum())
        # Not a speck, not a rule, not a picture.
        if 0.55 * em <= high <= 1.8 * em and wide >= 0.5 * em and 0.12 <= inked / (wide * high) <= 0.75:
            margin = 0.15 * em
            left, top, right, bottom = x - margin, y - margin, x + wide + margin, y + high + margin
            corners = [[left, top], [right, top], [right, bottom], [left, bottom]]
            out.append(np.clip(np.array(corners, dtype="float32"), 0, None) / scale)
    return out[:_MOST_LINES]


def _turns(pixels: Any, boxes: Sequence[Any]) -> int:
    """By how many quarters, against the clock, the image must be turned to stand upright."""
    np: Any = import_module("numpy")
    if not boxes:
        return 0
    tall = sum(_height(b) * _width(b) for b in boxes if _height(b) > 1.5 * _width(b))
    whole = sum(_height(b) * _width(b) for b in boxes)
    quarters = (1, 3) if tall > whole / 2 else (0, 2)
    longest = sorted(boxes, key=lambda b: -max(_height(b), _width(b)))[:8]
    scores = {}
    for quarter in quarters:
        read = _read([_strip(pixels, box, quarter) for box in longest])
        scores[quarter] = float(np.mean([np.mean(r.chances) if r.chances else 0.0 for r in read]))
        if quarter == 0 and scores[0] > 0.9:
            break
    return max(scores, key=lambda q: scores[q])
