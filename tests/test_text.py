"""Decoding, the match view and physical lines."""

from __future__ import annotations

import pytest
from helpers import opened
from hypothesis import given
from hypothesis import strategies as st

from pipeline import parse_text
from pipeline.ingest.decode import decode
from pipeline.ingest.physical import physical_lines
from pipeline.model import Span
from pipeline.view import View, fold

TRADITIONAL = [
    "紅十字會工作要點", "優秀通訊員的名單", "杭州市天水小學校",
    "應急救護進校園。", "會員和志願者隊伍", "人道、博愛、奉獻",
]
SHORT_TEXTS = [
    "红十字会工作要点", "杭州市天水小学校", "优秀通讯员的名单", "年内完成培训任务",
    "绍兴市元培中学校", "一等奖获奖作品", "造血干细胞捐献者", "应急救护进校园。",
    "二〇一三年度名单", "各级政府的支持，", "会员和志愿者队伍", "作者：王佳、李明",
    "（一）健全制度。", "关于表彰的通知：", "救灾物资仓库建设", "三、加强组织领导",
    "人道、博爱、奉献", "温州、衢州两市的", "加强信息公开工作", "请认真贯彻执行。",
]


@pytest.mark.parametrize("text", SHORT_TEXTS)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_eight_characters_are_enough(text: str, encoding: str) -> None:
    assert decode(text.encode(encoding)).text == text


@pytest.mark.parametrize("text", TRADITIONAL)
def test_eight_traditional_characters_in_big5(text: str) -> None:
    found = decode(text.encode("big5hkscs"))
    assert (found.text, found.encoding) == (text, "big5hkscs")


def test_a_broken_byte_is_kept_with_its_place() -> None:
    data = "红十字会工作要点，年内".encode() + b"\xff" + "完成任务。".encode()
    found = decode(data)
    assert found.text == "红十字会工作要点，年内\ufffd完成任务。"
    assert [(f.code, f.span) for f in found.findings] == [("bad_byte", Span(11, 12))]


def test_nothing_but_the_mark_is_taken_away() -> None:
    assert decode(b"\xef\xbb\xbf\xe7\xba\xa2\r\n\x0c \xe4\xbc\x9a").text == "红\r\n\x0c 会"


def test_form_feeds_are_pages() -> None:
    document = opened("a.txt", "第一页\f第二页\n末行".encode())
    assert [(line.no, line.page) for line in physical_lines(document)] == [(1, 1), (2, 2), (3, 2)]


ALPHABET = "一是、。：，（）《》〔〕12３４　 \u200b⼗⺠①Ａa市校奖名单作者：\ufeff\n\r\t“”"
texts = st.text(alphabet=st.sampled_from(ALPHABET), max_size=120)


@given(texts, st.data())
def test_the_view_maps_back_exactly(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text)))
    end = data.draw(st.integers(start, len(text)))
    view = View.of(text, Span(start, end))
    assert view.folded == fold(text[start:end])
    for i in range(len(view.folded)):
        place = view.source(i, i + 1)
        assert place.end - place.start == 1
        assert fold(text[place.start : place.end]) == view.folded[i]


@given(texts, texts)
def test_a_joined_view_is_the_two_views(first: str, second: str) -> None:
    text = first + "\n\n" + second
    spans = Span(0, len(first)), Span(len(first) + 2, len(text))
    view = View.of(text, *spans)
    assert view.folded == fold(first) + fold(second)
    pieces = view.pieces(0, len(view.folded))
    assert "".join(fold(text[p.start : p.end]) for p in pieces) == view.folded


@given(texts)
def test_no_text_makes_parsing_fail(text: str) -> None:
    parsed = parse_text(text)
    assert parsed.document.text == text.removeprefix("\ufeff")


@given(st.binary(max_size=200))
def test_no_bytes_make_decoding_fail(data: bytes) -> None:
    assert isinstance(decode(data).text, str)


def test_lines_of_two_encodings_in_one_file_are_decoded_by_themselves() -> None:
    text = "浙江省红十字会工作要点\n一、抓好救护培训\nABC\n二、办好志愿服务\n"
    first, second, third, fourth = text.splitlines()
    mixed = b"\n".join((first.encode(), second.encode("gb18030"), third.encode(), fourth.encode(), b""))
    document = opened("a.txt", mixed)
    assert document.text == text and document.encoding == "utf-8+gb18030"
    assert [f.code for f in document.findings] == ["encoding_mixed"]


def test_a_lost_byte_is_no_second_encoding() -> None:
    data = ("浙江省红十字会工作要点\n" * 5).encode()
    document = opened("a.txt", data[:40] + data[41:])
    assert document.encoding == "utf-8" and {f.code for f in document.findings} == {"bad_byte"}


def test_control_characters_are_kept_and_said_wherever_they_stand() -> None:
    text = "云溪县红十字会2014年工作要点\n云红〔2014〕3\x00号\n一、组织建设\n1.救助困难\x1f群众\t300名。\n2.培训5期。\x7f\n"
    parsed = parse_text(text)
    assert [(f["code"], f["line"]) for f in parsed.tables["findings"] if f["code"] == "garbled"] == [
        ("garbled", 2), ("garbled", 4), ("garbled", 5),
    ]
