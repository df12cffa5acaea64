"""Documents put together from the catalogue's parts, with the rows they must give.

Every strategy draws a document and its answer at once: any heading form, any entry form, any noise.
The words are invented; the places are those of Zhejiang in 2013.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import strategies as st

CITIES = {
    "杭州市": ("萧山区", "桐庐县", "建德市"),
    "宁波市": ("鄞州区", "余姚市", "象山县"),
    "温州市": ("瑞安市", "平阳县"),
    "湖州市": ("德清县", "安吉县"),
    "绍兴市": ("诸暨市", "新昌县"),
    "金华市": ("义乌市", "武义县"),
    "衢州市": ("江山市", "龙游县"),
    "台州市": ("临海市", "仙居县"),
    "丽水市": ("龙泉市", "青田县"),
    "嘉兴市": ("海宁市", "嘉善县"),
}
STEMS = ("实验", "育才", "第一", "第二", "明德", "春晖", "滨江新城", "外国语", "文澜", "求是")
KINDS = ("小学", "中学", "高级中学", "职业技术学校", "幼儿园", "初级中学", "小学教育集团", "学校")
PEOPLE = ("王佳", "李明华", "张立", "陈晓红", "赵强", "周敏", "欧阳建国", "吴越", "郑一鸣", "孙丽", "马腾飞", "朱文")
UNITS = ("绍兴市红十字会", "宁波市鄞州区红十字会", "湖州日报社", "温州市中心血站", "浙江中医药大学", "台州市第一人民医院")
TITLES = (
    "生命的接力",
    "红十字的光",
    "一路有你",
    "雨水冷却不了爱心",
    "大爱无声",
    "读书有感——写在清明",
    "“救”在身边",
    "2012,我们在路上",
    "守护",
)
PRIZES = ("特等奖", "一等奖", "二等奖", "三等奖", "优秀奖", "入围奖")
ROLES = ("会长", "常务副会长", "副会长", "秘书长", "副秘书长", "常务理事", "理事")
POSTS = ("省卫生厅厅长", "省教育厅副厅长", "杭州市红十字会常务副会长", "省民政厅副厅长", "省红十字会组宣部部长")
TASKS = (
    "健全基层组织",
    "加强会员管理",
    "推进救护培训",
    "做好人道救助",
    "弘扬志愿精神",
    "规范财务管理",
    "深化青少年工作",
    "办好宣传阵地",
    "完善应急体系",
)
BODIES = (
    "各地要明确责任，落实措施。",
    "要完善制度，加强督查。",
    "认真总结经验，形成长效机制。",
    "要加强与有关部门的联系，形成合力。",
)


@dataclass(slots=True)
class Composed:
    """The lines of a document, the rows it must give by table, and the findings it must raise."""

    lines: list[str] = field(default_factory=list)
    rows: dict[str, list[tuple[object, ...]]] = field(default_factory=dict)
    flags: list[str] = field(default_factory=list)
    newline: str = "\n"

    @property
    def text(self) -> str:
        return self.newline.join(self.lines) + self.newline

    def add(self, table: str, *values: object) -> None:
        self.rows.setdefault(table, []).append(values)


def _chinese(number: int) -> str:
    digits = "零一二三四五六七八九"
    return (
        digits[number]
        if number < 10
        else ("" if number < 20 else digits[number // 10]) + "十" + digits[number % 10] * (number % 10 > 0)
    )


NUMBERS: tuple[Callable[[int], str], ...] = (
    lambda n: f"{n}.",
    lambda n: f"{n}、",
    lambda n: f"{n}．",
    lambda n: f"（{n}）",
    lambda n: f"{n}. ",
)
INDENTS = ("", "", "", "　　", "  ", "\u00a0\u00a0", "\t")
NOISE = ("— 3 —", "第 2 页 共 9 页", "", "", "【字号：大 中 小】", "　　")


def noisy(draw: st.DrawFn, document: Composed) -> Composed:
    """Indents, blank lines, page numbers and page furniture between the lines; at times CRLF."""
    document.newline = draw(st.sampled_from(("\n", "\n", "\r\n")))
    lines: list[str] = []
    for line in document.lines:
        lines.append(draw(st.sampled_from(INDENTS)) + line + draw(st.sampled_from(("", "", "", "　", " "))))
        if draw(st.integers(0, 9)) == 0:
            lines.append(draw(st.sampled_from(NOISE)))
    document.lines = lines
    return document


@st.composite
def school_lists(draw: st.DrawFn) -> Composed:
    """A list of schools by city."""
    out = Composed()
    out.lines.append(
        draw(
            st.sampled_from(
                (
                    "2013年浙江省红十字示范学校名单",
                    "关于命名2013年度红十字示范学校的通知",
                    "浙江省2013年度红十字示范学校一览表",
                )
            )
        )
    )
    sections = draw(st.sampled_from(((), ("红十字示范校", "红十字达标校"))))
    cities = draw(st.lists(st.sampled_from(sorted(CITIES)), min_size=2, max_size=4, unique=True))
    number = draw(st.sampled_from((None, *NUMBERS)))
    end = draw(st.sampled_from(("", "", "；", "、")))
    running = draw(st.booleans())
    count = 0
    for place, city in enumerate(cities, 1):
        schools = draw(st.lists(_school(city), min_size=1, max_size=4, unique=True))
        declared = draw(st.sampled_from((None, len(schools), len(schools), len(schools) + 1)))
        heading, printed, inline = draw(_group_heading(city, place, declared))
        if sections and place in (1, 2):
            out.lines.append(f"{_chinese(place)}、{sections[place - 1]}")
            heading = heading.removeprefix(f"{_chinese(place)}、")
        if declared is not None and declared != len(schools):
            out.flags.append("count_mismatch")
        if inline:
            out.lines.append(heading + "、".join(schools))
        else:
            out.lines.append(heading)
            count = count if running else 0
            for school in schools:
                count += 1
                out.lines.append((number(count) if number else "") + school + end)
        for school in schools:
            out.add("schools", printed, declared, school, city)
    return noisy(draw, out)


@st.composite
def _school(draw: st.DrawFn, city: str) -> str:
    prefix = draw(st.sampled_from(("", city, *CITIES[city])))
    return prefix + draw(st.sampled_from(STEMS)) + draw(st.sampled_from(KINDS))


@st.composite
def _group_heading(draw: st.DrawFn, city: str, place: int, declared: int | None) -> tuple[str, str, bool]:
    count = draw(st.sampled_from(("({}所)", "（{}所）", "（共{}所）"))).format(declared) if declared is not None else ""
    form = draw(st.sampled_from(("bare", "colon", "marked", "brackets", "short", "padded", "inline", "inline_short")))
    short = city[:-1]
    if form == "inline":
        return f"{city}{count}：", city, True
    if form == "inline_short":
        return f"{short}{count}:", short, True
    printed = short if form in ("short", "brackets") else city
    text = {
        "bare": f"{city}{count}",
        "colon": f"{city}{count}：",
        "marked": f"{_chinese(place)}、{city}{count}",
        "brackets": f"【{short}】{count}",
        "short": f"{short}{count}:",
        "padded": f"{city}{count},,,,",
    }[form]
    return text, printed, False


@st.composite
def award_lists(draw: st.DrawFn) -> Composed:
    """A list of works with their prizes and people."""
    out = Composed()
    out.lines.append(
        draw(
            st.sampled_from(
                ("2013年度好新闻获奖名单", "关于公布2013年红十字征文评选结果的通知", "2013年红十字征文获奖作品名单")
            )
        )
    )
    prizes = draw(st.lists(st.sampled_from(PRIZES), min_size=1, max_size=3, unique=True))
    prizes.sort(key=PRIZES.index)
    titles = iter(draw(st.permutations(TITLES)))
    form = draw(st.sampled_from(("two_lines", "one_line", "bracket", "before", "after")))
    number = draw(st.sampled_from(NUMBERS))
    for prize in prizes:
        works = [next(titles) for _ in range(draw(st.integers(1, 3)))]
        counter = draw(st.sampled_from(("件", "篇", "个")))
        declared = draw(st.sampled_from((None, len(works), len(works) + 2)))
        shown = (
            ""
            if declared is None
            else draw(st.sampled_from((f"({declared}{counter})", f"（{declared}{counter}）", f"：{declared}{counter}")))
        )
        if declared is not None and declared != len(works):
            out.flags.append("count_mismatch")
        out.lines.append(draw(st.sampled_from(("", "", "（一）"))) + prize + shown)
        for index, title in enumerate(works, 1):
            _work(draw, out, form, number(index), prize, title, index)
    return noisy(draw, out)


def _work(draw: st.DrawFn, out: Composed, form: str, number: str, prize: str, title: str, index: int) -> None:
    people = draw(st.lists(st.sampled_from(PEOPLE), min_size=1, max_size=3, unique=True))
    unit = draw(st.sampled_from(UNITS))
    padded = [p[0] + draw(st.sampled_from(("", "　", " "))) + p[1] if len(p) == 2 else p for p in people]
    spaced = all(len(p) == 3 for p in people) and draw(st.booleans())
    joint = (
        draw(st.sampled_from((" ", "　", "  "))).join(people) if spaced else draw(st.sampled_from(("、", "，"))).join(padded)
    )
    out.add("awards", prize, index, title)
    named: list[tuple[str, str, str | None]] = [(p, "作者", unit) for p in people]
    if form == "two_lines":
        editor = draw(st.sampled_from((None, *PEOPLE)))
        role = draw(st.sampled_from(("编辑", "指导老师")))
        out.lines += [f"{number}《{title}》", f"作者：{joint}（{unit}）" + (f" {role}：{editor}" if editor else "")]
        named += [(editor, role, None)] if editor else []
    elif form == "one_line":
        out.lines.append(f"{number}《{title}》 作者：{joint}（{unit}）")
    elif form == "bracket":
        out.lines.append(f"{number}《{title}》（作者：{joint}，选送单位：{unit}）")
    elif form == "before":
        out.lines.append(f"{number}{'、'.join(people)}《{title}》（散文）")
        named = [(p, "作者", None) for p in people]
    else:
        out.lines.append(f"{number}《{title}》{'、'.join(people)}")
        named = [(p, "作者", None) for p in people]
    for name, role, of in named:
        out.add("award_authors", prize, index, name, role, of)


@st.composite
def award_tables(draw: st.DrawFn) -> Composed:
    """The same as a table: commas, tabs, bars or one cell a line; merged prize cells."""
    out = Composed()
    stacked = draw(st.booleans())
    delimiter = draw(st.sampled_from((",", "\t", "|", "　　")))
    out.lines.append("2013年好新闻评选结果")
    labels = {"entry_no": "序号", "title": "作品名称", "people": "作者", "unit": "单位", "prize": "奖次"}
    order = ["entry_no", *draw(st.permutations(("title", "people", "unit", "prize")))]
    header = [
        draw(st.sampled_from((labels[c], labels[c][0] + " " + labels[c][1:] if delimiter != "　　" else labels[c])))
        for c in order
    ]
    merged = not stacked and delimiter in (",", "\t") and order[-1] != "prize" and draw(st.booleans())
    out.lines += header if stacked else [delimiter.join(header)]
    titles = draw(st.permutations([t for t in TITLES if "," not in t]))[: draw(st.integers(2, 5))]
    prizes = sorted(draw(st.lists(st.sampled_from(PRIZES), min_size=len(titles), max_size=len(titles))), key=PRIZES.index)
    for index, (title, prize) in enumerate(zip(titles, prizes, strict=True), 1):
        name, unit = draw(st.sampled_from(PEOPLE)), draw(st.sampled_from(UNITS))
        repeats = merged and index > 1 and prizes[index - 2] == prize
        marks = draw(st.booleans())
        cells = {
            "entry_no": str(index),
            "title": f"《{title}》" if marks else title,
            "people": name,
            "unit": unit,
            "prize": "" if repeats else prize,
        }
        out.lines += [cells[c] for c in order] if stacked else [delimiter.join(cells[c] for c in order)]
        out.add("awards", prize, index, title)
        out.add("award_authors", prize, index, name, "作者", unit)
    return out


@st.composite
def rosters(draw: st.DrawFn) -> Composed:
    """A roster: padded roles, names with posts, continuation rows."""
    out = Composed()
    out.lines.append("浙江省红十字会第八届理事会组成人员名单")
    people = iter(draw(st.permutations(PEOPLE)))
    for role in draw(st.lists(st.sampled_from(ROLES), min_size=1, max_size=4, unique=True)):
        padded = "　".join(role) if len(role) == 2 and draw(st.booleans()) else role
        for position in range(draw(st.integers(1, 3))):
            name, post = next(people), draw(st.sampled_from(POSTS))
            shown = name[0] + "　" + name[1] if len(name) == 2 else name
            head = f"{padded}：" if position == 0 else "　　　　　"
            out.lines.append(f"{head}{shown}　　{post}")
            out.add("honourees", role, name, post)
    return out


@st.composite
def plans(draw: st.DrawFn) -> Composed:
    """A work plan: sections, items under any numbering, bodies, targets, responsible units."""
    out = Composed()
    out.lines.append(
        draw(st.sampled_from(("浙江省红十字会2013年工作要点", "某市红十字会2013年工作计划", "2013年红十字工作安排")))
    )
    if draw(st.booleans()):
        out.lines.append("2013年，全省红十字会要认真贯彻上级精神，扎实做好各项工作。")
    number = draw(st.sampled_from(NUMBERS[:3]))
    running = draw(st.booleans())
    tasks = iter(draw(st.permutations(TASKS)))
    count = 0
    for section in range(1, draw(st.integers(2, 3)) + 1):
        title = next(tasks)
        out.lines.append(f"{_chinese(section)}、{title}")
        count = count if running else 0
        for _ in range(draw(st.integers(1, 2))):
            count += 1
            _item(draw, out, number(count), count, title, next(tasks))
    return noisy(draw, out)


def _item(draw: st.DrawFn, out: Composed, label: str, number: int, section: str, task: str) -> None:
    amount = draw(st.integers(2, 99_999))
    hedge, before, after, qualifier = draw(
        st.sampled_from(
            (
                ("", "", "", "eq"),
                ("力争", "", "", "eq"),
                ("", "不少于", "", "ge"),
                ("", "", "以上", "ge"),
                ("确保", "超", "", "gt"),
                ("", "约", "", "approx"),
            )
        )
    )
    printed = draw(st.sampled_from((str(amount), f"{amount:,}")))
    target = f"{hedge}{before}{printed}名{after}"
    units = draw(st.sampled_from(((), ("组宣部",), ("赈济部", "各市红十字会"))))
    tail = f"（{'、'.join(units)}负责）" if units else ""
    body = f"{draw(st.sampled_from(BODIES))}年内培训救护员{target}。{tail}"
    own_line = draw(st.booleans())
    out.lines += [label + task, body] if own_line else [f"{label}{task}。{body}"]
    text = f"{task}\n{body}" if own_line else f"{task}。{body}"
    out.add("plan_items", section, number, task, text, units or None)
    out.add("plan_targets", number, target, amount, qualifier, hedge or None)


@st.composite
def speeches(draw: st.DrawFn) -> Composed:
    """A speech whose preview announces the sections; points inside them."""
    out = Composed()
    out.lines += ["在全省红十字工作会议上的讲话", "（2013年1月15日）", "同志们："]
    tasks = iter(draw(st.permutations(TASKS)))
    titles = [next(tasks) for _ in range(draw(st.integers(2, 3)))]
    marks = [f"{_chinese(i)}是" for i in range(1, 4)]
    preview = draw(st.booleans())
    opening = "今天会议的任务是总结工作、部署任务。"
    if preview:
        joint = "；".join(m + t for m, t in zip(marks, titles, strict=False))
        opening += f"下面，我讲{_chinese(len(titles))}点意见：{joint}。"
        out.flags.append("preview_of_sections")
    out.lines.append(opening)
    for section, title in enumerate(titles, 1):
        out.lines.append(f"{_chinese(section)}、{title}")
        points = [next(tasks) for _ in range(draw(st.integers(0, 1)) * 2)] if section == 1 else []
        if points:
            out.lines.append("要抓好两件事。" + "".join(f"{m}{p}。" for m, p in zip(marks, points, strict=False)))
            for mark, point in zip(marks, points, strict=False):
                out.add("speech_points", title, mark, f"{point}。")
        else:
            body = draw(st.sampled_from(BODIES))
            out.lines.append(body)
            out.add("speech_points", None, f"{_chinese(section)}、", f"{title}\n{body}")
    out.lines.append("谢谢大家！")
    return out
