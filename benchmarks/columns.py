"""Reading order of printed pages: how many are right, how many wrong ones a finding tells of, and how many nothing tells of.

Texts are set at random in one to four columns (gutters of 3 to 10 mm, type of 8 to 14 points, short pages and full ones, even
and ragged lines, stops that hang over the edge), and so are what must stay in rows: names in grids, tables without lines. Each
page is read as a PDF, and its text compared with what was set, gaps left out.

    python benchmarks/columns.py [--pages 400] [--seed 1] [--texts FOLDER] [--json] [--show]
"""

from __future__ import annotations

import argparse
import io
import json
import random
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

from reportlab.lib.pagesizes import A4
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.pdfgen.canvas import Canvas

ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from printed import SONG, is_prose, wrapped  # noqa: E402

from pipeline.ingest import read_document  # noqa: E402
from pipeline.ingest.decode import decode  # noqa: E402
from pipeline.ingest.limits import Limits  # noqa: E402

MM = 72 / 25.4
MARGIN = 56.0
STOPS = "，。、；："
UNSURE = "reading_order_unsure"
SURNAMES, GIVEN = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗", "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂英华建国文辉"
PLACES = ["杭州", "宁波", "温州", "嘉兴", "湖州", "绍兴", "金华", "衢州", "舟山", "台州", "丽水", "义乌", "余姚", "海宁", "诸暨"]
POSTS = [
    "红十字会会长", "红十字会副会长", "红十字会秘书长", "红十字会办公室主任",
    "中心医院护士长", "第一中学教师", "实验小学校长", "卫生局局长",
]
SCHOOLS = ["实验小学", "第一中学", "第二中学", "职业技术学校", "中心小学", "外国语学校", "高级中学", "红十字学校"]


class Sample(NamedTuple):
    """A page: what it is, its PDF, and its text in the right order without gaps."""

    kind: str
    how: str
    data: bytes
    expected: str


def bare(text: str) -> str:
    return "".join(text.split())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n\n", maxsplit=1)[0])
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--texts", type=Path, default=ROOT / "raw_docs", help="folder of .txt files to set")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--show", action="store_true", help="print each page that is wrong or has a finding")
    args = parser.parse_args()
    pdfmetrics.registerFont(UnicodeCIDFont(SONG))
    texts = [[line.strip() for line in decode(path.read_bytes()).text.splitlines() if line.strip()]
             for path in sorted(args.texts.glob("*.txt"))]
    chance = random.Random(args.seed)
    started = time.perf_counter()
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for number in range(args.pages):
        made = sample(chance, texts)
        document = read_document(f"{number}.pdf", made.data, Limits())
        right = bare(document.text) == made.expected
        told = any(finding.code == UNSURE for finding in document.findings)
        outcome = ("right_told" if told else "right") if right else ("told" if told else "silent")
        counts[made.kind][outcome] += 1
        if args.show and outcome != "right":
            print(f"{number:4d} {outcome:10s} {made.kind:9s} {made.how}")
    report(counts, time.perf_counter() - started, as_json=args.json)


def report(counts: dict[str, Counter[str]], seconds: float, *, as_json: bool) -> None:
    total: Counter[str] = Counter()
    for found in counts.values():
        total.update(found)
    if as_json:
        print(json.dumps({"seconds": round(seconds, 1), "kinds": counts, "all": total}))
        return
    print("kind        pages  right  of them told  wrong, told  wrong, silent")
    for kind, found in [*sorted(counts.items()), ("all", total)]:
        right = found["right"] + found["right_told"]
        numbers = (sum(found.values()), right, found["right_told"], found["told"], found["silent"])
        print(f"{kind:10s} " + " ".join(f"{n:{wide}d}" for n, wide in zip(numbers, (6, 6, 13, 12, 14), strict=True)))
    print(f"{seconds:.0f} s")


def sample(chance: random.Random, texts: Sequence[Sequence[str]]) -> Sample:
    kind = chance.choices(("columns", "grid", "table", "posts"), (70, 12, 12, 6))[0]
    return columns(chance, texts) if kind == "columns" else rows(chance, kind)


def columns(chance: random.Random, texts: Sequence[Sequence[str]]) -> Sample:
    """A text in columns, filled one after the other or to one depth."""
    count = chance.choice((1, 2, 2, 3, 3, 4))
    size = chance.choice((8.0, 9.0, 9.0, 10.0, 10.5, 12.0, 14.0))
    gap = chance.choice((3, 4, 4, 5, 6, 8, 10))
    full, even, hangs, level, head = (chance.random() < p for p in (0.5, 0.5, 0.5, 0.5, 0.5))
    width = max(A4[0], 2 * MARGIN + count * size * chance.choice((11, 14, 18)) + (count - 1) * gap * MM)
    wide = (width - 2 * MARGIN - (count - 1) * gap * MM) / count
    height = A4[1]
    pitch = size * chance.choice((1.4, 1.6, 1.8))
    top = MARGIN + (0 if full else chance.choice((0, 200)))
    room = int((height - MARGIN - top) // pitch)
    text = chance.choice(texts)
    start = chance.randrange(max(1, len(text) - 8))
    lines: list[tuple[float, str, bool]] = []
    most = room * count if full else chance.randrange(4 * count, max(room * count // 3, 4 * count + 2))
    for line in text[start:]:
        indent = 2 * size if is_prose(line) else 0.0
        broken = wrapped_with_stops(line, size, wide, indent) if hangs else wrapped(line, SONG, size, wide, indent)
        lines += [(indent if not i else 0.0, part, i + 1 < len(broken)) for i, part in enumerate(broken)]
        if len(lines) >= most:
            break
    lines = lines[:most]
    deep = -(-len(lines) // count) if level else min(room, max(-(-len(lines) // count), chance.randrange(4, room)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(width, height))
    expected = ""
    if head:
        expected = "浙江省红十字会系统文件选登"
        put(canvas, height, (width - 13 * size * 1.6) / 2, top - 1.9 * size, expected, size * 1.6)
    for at, (indent, line, goes_on) in enumerate(lines):
        column, row = divmod(at, deep)
        space = 0.0
        natural = pdfmetrics.stringWidth(line, SONG, size)
        if even and goes_on and len(line) > 1 and natural < wide - indent:
            space = (wide - indent - natural) / (len(line) - 1)
        put(canvas, height, MARGIN + column * (wide + gap * MM) + indent, top + row * pitch, line, size, space)
        expected += line
    canvas.save()
    how = f"{count} columns, {gap} mm = {gap * MM / size:.2f} em, {size} pt, {len(lines)} lines {deep} deep"
    how += "".join(f", {word}" for word, holds in (("even", even), ("hanging", hangs), ("head", head)) if holds)
    return Sample(f"columns{count}", how, out.getvalue(), bare(expected))


def wrapped_with_stops(text: str, size: float, wide: float, indent: float) -> list[str]:
    """Lines broken after any character, but a stop hangs over the edge rather than begin a line."""
    lines, line, room = [], "", wide - indent
    for char in text:
        if line and char not in STOPS and pdfmetrics.stringWidth(line + char, SONG, size) > room + 0.01:
            lines.append(line)
            line, room = "", wide
        line += char
    return [*lines, line]


def rows(chance: random.Random, kind: str) -> Sample:
    """Names in a grid, a table without lines with or without a header, or names beside posts."""
    size = chance.choice((9.0, 10.5, 12.0, 14.0))
    deep = chance.randrange(3, 30)
    if kind == "grid":
        count = chance.randrange(3, 7)
        cells = [[name(chance) for _ in range(count)] for _ in range(deep)]
        last = chance.randrange(1, count + 1)
        cells[-1] = cells[-1][:last]
    elif kind == "table":
        cells = [[chance.choice(PLACES) + "市" + chance.choice(SCHOOLS), chance.choice(PLACES) + "市",
                  chance.choice(("示范校", "达标校"))] for _ in range(deep)]
        if chance.random() < 0.6:
            cells = [["序号", *row] if not at else [str(at), *row]
                     for at, row in enumerate([["学校名称", "所在地", "命名类别"], *cells])]
    else:
        cells = [[name(chance), chance.choice(PLACES) + "市" + chance.choice(POSTS)] for _ in range(deep)]
    lefts = [MARGIN]
    between = size * chance.choice((1.5, 2.5, 4.0))
    for column in range(max(map(len, cells))):
        widest = max(pdfmetrics.stringWidth(row[column], SONG, size) for row in cells if column < len(row))
        lefts.append(lefts[-1] + widest + between)
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    put(canvas, A4[1], 200, MARGIN, "评选结果名单", size * 1.5)
    for at, row in enumerate(cells):
        for column, text in enumerate(row):
            put(canvas, A4[1], lefts[column], MARGIN + 3 * size + at * min(size * 1.6, 700 / deep), text, size)
    canvas.save()
    how = f"{max(map(len, cells))} cells a row, {deep} rows, {between / size} em apart, {size} pt"
    return Sample(kind, how, out.getvalue(), "评选结果名单" + bare("".join(t for row in cells for t in row)))


def name(chance: random.Random) -> str:
    given = "".join(chance.choice(GIVEN) for _ in range(chance.choice((1, 2, 2))))
    surname = chance.choice(SURNAMES)
    return f"{surname}　{given}" if len(given) == 1 and chance.random() < 0.7 else surname + given


def put(canvas: Any, height: float, x: float, y: float, text: str, size: float, space: float = 0.0) -> None:
    drawn = canvas.beginText(x, height - y - size * 0.85)
    drawn.setFont(SONG, size)
    drawn.setCharSpace(space)
    drawn.textOut(text)
    canvas.drawText(drawn)


if __name__ == "__main__":
    main()
