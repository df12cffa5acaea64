def _bands(segs: Sequence[Seg]) -> list[list[Seg]]:
    """The segs cut across wherever no line of print is crossed."""
    bands: list[list[Seg]] = []
    low = float("-inf")
    for seg in sorted(segs, key=lambda s: _extent(s)[0]):
        top, bottom = _extent(seg)
        if bands and top < low:
            bands[-1].append(seg)
        else:
            bands.append([seg])
        low = max(low, bottom)
    return bands


def _extent(seg: Seg) -> Gap:
    """From where to where a seg fills its line: a little less than its box, so that close lines stay apart."""
    if not seg.size:
        return seg.y0, seg.y1
    half = min(0.4 * seg.size, (seg.y1 - seg.y0) / 2)
    return seg.middle - half, seg.middle + half


def _free(segs: Iterable[Seg], least: float) -> list[Gap]:
    """The gaps between segs as seen from above, at least so wide."""
    out: list[Gap] = []
    reach: float | None = None
    for seg in sorted(segs, key=lambda s: s.x0):
        if reach is not None and seg.x0 - reach >= least:
            out.append((reach, seg.x0))
        reach = seg.x1 if reach is None else max(reach, seg.x1)
    return out


def _gutters(region: _Region, bands: Sequence[Sequence[Seg]], size: float, uprights: Sequence[Ruling]) -> list[Gap]:
    """The gaps that run down the whole region and have print on both sides of one line at least."""
    ruled = [r.x0 for r in uprights]
    wide = [g for g in _free(region.segs, _RULED_GUTTER * size)
            if g[1] - g[0] >= _GUTTER * size or any(g[0] - 1 <= x <= g[1] + 1 for x in ruled)]
    if not wide:
        return []
    edges = [(min(s.x0 for s in band), max(s.x1 for s in band)) for band in bands]
    return [g for g in wide if any(left < g[0] + 0.01 and right > g[1] - 0.01 for left, right in edges)]


def _split(segs: Iterable[Seg], gutters: Sequence[Gap]) -> list[list[Seg]]:
    """The segs between the gutters, from left to right."""
    edges = [(a + b) / 2 for a, b in gutters]
    out: list[list[Seg]] = [[] for _ in range(len(edges) + 1)]
    for seg in segs:
        middle = (seg.x0 + seg.x1) / 2
        low, high = 0, len(edges)
        while low < high:
            at = (low + high) // 2
            low, high = (at + 1, high) if edges[at] < middle else (low, at)
        out[low].append(seg)
    return out


def _shared(one: Sequence[Gap], other: Sequence[Gap], least: float) -> list[Gap]:
    """What two lists of gaps have in common, at least so wide."""
    out: list[Gap] = []
    i = j = 0
    while i < len(one) and j < len(other):
        a, b = max(one[i][0], other[j][0]), min(one[i][1], other[j][1])
        if b - a >= least:
            out.append((a, b))
        if one[i][1] < other[j][1]:
            i += 1
        else:
            j += 1
    return out


def _top(band: Sequence[Seg]) -> float:
    return min(_extent(s)[0] for s in band)


def _bottom(band: Sequence[Seg]) -> float:
    return max(_extent(s)[1] for s in band)


def _pitch(bands: Sequence[Sequence[Seg]]) -> float:
    """The usual distance between lines, without their own height."""
    gaps = [max(0.0, _top(b) - _bottom(a)) for a, b in pairwise(bands)]
    return max(median(gaps), 1.0) + 4.0 if gaps else 1.0


def _evenly(gutters: Sequence[Gap], left: float, right: float, size: float) -> list[Gap]:
    """The gutters that part the region into the most columns of one width; others are gaps inside a column."""
    for at, first in enumerate(gutters[:_MOST_COLUMNS]):
        pitch = first[1] - left
        if pitch < _COLUMN * size:
            continue
        cuts = [first]
        for gutter in gutters[at + 1 :]:
            if abs(gutter[1] - cuts[-1][1] - pitch) < 0.05 * pitch:
                cuts.append(gutter)
        rest = right - cuts[-1][1]
        if rest < 1.05 * pitch and (len(cuts) > 1 or rest > 0.6 * pitch):
            return cuts
    return []
