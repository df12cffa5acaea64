(() => {
"use strict";
const root = document.documentElement;
const said = JSON.parse(document.getElementById("words").textContent);
let english = false;
root.classList.add("js");

const all = (css, within) => Array.from((within || document).querySelectorAll(css));
const word = (entry, n) => entry[english ? 1 : 0].replace("{n}", n);

// The language: what is written stands in Chinese, English waits in data-en.
const attributes = [["enLabel", "aria-label"], ["enPlaceholder", "placeholder"]];
function write(within) {
  for (const el of all("[data-en]", within)) {
    if (el.dataset.zh === undefined) el.dataset.zh = el.textContent;
    el.textContent = english ? el.dataset.en : el.dataset.zh;
  }
  for (const [from, name] of attributes) {
    const css = "[data-" + from.replace(/[A-Z]/g, (c) => "-" + c.toLowerCase()) + "]";
    for (const el of all(css, within)) {
      if (el.dataset[from + "Zh"] === undefined) el.dataset[from + "Zh"] = el.getAttribute(name);
      el.setAttribute(name, english ? el.dataset[from] : el.dataset[from + "Zh"]);
    }
  }
}
function speak(to) {
  if (to === english) return;
  english = to;
  write(document);
  root.lang = english ? "en" : "zh-CN";
  try { localStorage.setItem("hongzhi-language", english ? "en" : "zh"); } catch { /* a page from a file may not store */ }
}
document.getElementById("language").addEventListener("click", () => speak(!english));
try { if (localStorage.getItem("hongzhi-language") === "en") speak(true); } catch { /* then Chinese */ }

const tell = (text) => { document.getElementById("told").textContent = text; };
const narrow = () => matchMedia("(max-width: 899px)").matches;
// At once and not gliding: what was not laid out yet would move the goal on the way. Then again, for it is laid out now.
function show(el, block) {
  if (!el) return;
  el.scrollIntoView({ block: block || "center" });
  requestAnimationFrame(() => el.scrollIntoView({ block: block || "center" }));
}

// Things in blocks, in order; a block that comes later is filled when it is asked for or comes near.
const near = new IntersectionObserver((seen) => {
  for (const entry of seen) if (entry.isIntersecting) entry.target.fill();
}, { rootMargin: "1200px 0px" });
function blocks(elements, height, filled) {
  const held = elements.map((el) => ({ el, from: Number(el.dataset.from), to: Number(el.dataset.to), later: el.classList.contains("later") }));
  for (const block of held) {
    block.fill = () => {
      if (!block.later) return;
      block.later = false;
      near.unobserve(block.el);
      block.el.classList.remove("later");
      block.el.innerHTML = block.el.firstElementChild.textContent;
      block.el.style.minHeight = "";
      if (english) write(block.el);
      filled(block);
    };
    if (block.later) {
      block.el.fill = block.fill;
      block.el.style.minHeight = `${Number(block.el.dataset.size) * height}px`;
      near.observe(block.el);
    } else filled(block);
  }
  // The number of the first block that ends after the place.
  held.after = (place) => {
    let low = 0, high = held.length;
    while (low < high) { const mid = (low + high) >> 1; if (held[mid].to <= place) low = mid + 1; else high = mid; }
    return low;
  };
  held.at = (place) => {
    const block = held[held.after(place)];
    if (!block || block.from > place) return null;
    block.fill();
    return block;
  };
  return held;
}
const entities = { "&lt;": "<", "&gt;": ">", "&amp;": "&", "&#13;": "\r", "&#34;": '"', "&#39;": "'" };
const plain = (html) => html.replace(/<[^>]*>/g, "").replace(/&(?:lt|gt|amp|#13|#34|#39);/g, (e) => entities[e]);

function open(doc) {
  const id = doc.id;
  const pane = doc.querySelector(".pane.text");
  // The number of the table of each row.
  const tables = doc.dataset.tables ? doc.dataset.tables.split(" ") : [];
  const off = new Set();
  let chosen = -1, at = -1, wires = [], found = [], foundAt = -1;
  const painted = { sel: [], ev: [], hov: [] };
  doc.dataset.pane = "text";

  const text = blocks(all(".block", pane), 31, (block) => {
    block.pieces = all("[data-s]", block.el);
    block.starts = block.pieces.map((el) => Number(el.dataset.s));
  });
  const rows = blocks(all(".rows > .group", doc), 34, (block) => {
    for (const summary of all(".row > summary", block.el)) summary.tabIndex = -1;
  });
  const findings = blocks(all(".findings .set", doc), 76, () => {});
  const rowAt = (index) => { const block = rows.at(index); return block && block.el.querySelector(`[data-i="${index}"]`); };
  const findingAt = (index) => { const block = findings.at(index); return block && block.el.querySelector(`[data-f="${index}"]`); };
  const findingCount = findings.length ? findings[findings.length - 1].to : 0;

  // The pieces of text from offset a to offset b.
  function between(a, b) {
    const out = [];
    for (let i = text.after(a); i < text.length && text[i].from < b; i += 1) {
      text[i].fill();
      const { pieces, starts } = text[i];
      let low = 0, high = starts.length;
      while (low < high) { const mid = (low + high) >> 1; if (starts[mid] < a) low = mid + 1; else high = mid; }
      for (; low < starts.length && starts[low] < b; low += 1) out.push(pieces[low]);
    }
    return out;
  }
  function paint(name, elements) {
    for (const el of painted[name]) el.classList.remove(name);
    painted[name] = elements;
    for (const el of elements) el.classList.add(name);
  }
  const spanOf = (el) => between(Number(el.dataset.a), Number(el.dataset.b));

  // Lines from a chosen row to the headings that give it its values.
  function wire() {
    const svg = doc.querySelector(".wires");
    if (!svg) return;
    svg.replaceChildren();
    const frame = svg.getBoundingClientRect();
    if (!frame.height) return;
    const middle = (el) => { const box = el.getClientRects()[0] || el.getBoundingClientRect(); return box.top + box.height / 2 - frame.top; };
    const drawn = new Set();
    wires.forEach(([from, to]) => {
      const i = drawn.size, y1 = middle(from), y2 = middle(to), left = frame.width - 10 - 4 * Math.min(i, 3);
      const right = frame.width - 3;
      // Two values of one heading line need one line only.
      if (Math.abs(y1 - y2) < 3 || drawn.has(Math.round(y2))) return;
      drawn.add(Math.round(y2));
      const path = document.createElementNS(svg.namespaceURI, "path");
      path.setAttribute("d", `M${right} ${y1}H${left}V${y2}H${right - 4}`);
      const tip = document.createElementNS(svg.namespaceURI, "path");
      tip.setAttribute("class", "tip");
      tip.setAttribute("d", `M${right + 2} ${y2}l-7 -5v10z`);
      svg.append(path, tip);
    });
  }
  let due = false;
  const rewire = () => { if (wires.length && !due) { due = true; requestAnimationFrame(() => { due = false; wire(); }); } };
  pane.addEventListener("scroll", rewire, { passive: true });
  addEventListener("scroll", rewire, { passive: true });
  addEventListener("resize", rewire);

  function switchTo(name) {
    doc.dataset.pane = name;
    for (const tab of all(".tabs button", doc)) tab.setAttribute("aria-pressed", String(tab.dataset.pane === name));
  }
  for (const tab of all(".tabs button", doc)) tab.addEventListener("click", () => switchTo(tab.dataset.pane));

  function clear() {
    if (chosen >= 0) rowAt(chosen).classList.remove("chosen");
    chosen = -1; wires = [];
    paint("sel", []); paint("ev", []); wire();
    sheet.hidden = true;
  }

  // Choose a row: its text and what gives it its values are painted, and the other side comes into sight.
  function choose(index, from) {
    const row = rowAt(index);
    if (!row) return;
    if (chosen >= 0) { const before = rowAt(chosen); before.classList.remove("chosen"); before.firstElementChild.tabIndex = -1; }
    chosen = index;
    row.classList.add("chosen");
    entrance(row);
    const mine = spanOf(row);
    const sources = new Map();
    for (const link of all(".src.far", row)) sources.set(link.dataset.a, spanOf(link));
    paint("ev", [...sources.values()].flat());
    paint("sel", mine);
    wires = mine.length ? [...sources.values()].filter((s) => s.length).map((s) => [mine[0], s[0]]) : [];
    if (from === "text") {
      row.open = true;
      if (narrow()) lay(row); else show(row, "nearest");
    } else if (from !== "quiet") {
      if (narrow() && from === "row") return;
      show(mine[0]);
    }
    rewire();
  }
  // One row is reached by the tab key; the arrows go on from it.
  let entered = null;
  function entrance(row) {
    if (entered) entered.tabIndex = -1;
    entered = row && row.firstElementChild;
    if (entered) entered.tabIndex = 0;
  }
  const sheet = document.getElementById("sheet");
  function lay(row) {
    const copy = row.cloneNode(true);
    copy.removeAttribute("id");
    copy.classList.remove("chosen");
    copy.open = true;
    document.getElementById("sheet-row").replaceChildren(copy);
    sheet.hidden = false;
  }
  function flash(link, name) {
    const there = spanOf(link);
    paint(name || "ev", there);
    if (narrow()) switchTo("text");
    show(there[0] || document.getElementById(link.getAttribute("href").slice(1)));
  }

  doc.addEventListener("click", (event) => {
    const link = event.target.closest(".src, .go-row, .finding a");
    if (link) {
      event.preventDefault();
      if (link.matches(".go-row")) { reveal(rowAt(Number(link.dataset.row))); choose(Number(link.dataset.row), "row"); return; }
      if (link.matches(".src")) { flash(link); return; }
      walkTo(Number(link.dataset.f), true);
      return;
    }
    const summary = event.target.closest(".row > summary");
    if (summary) { choose(Number(summary.parentElement.dataset.i), "row"); return; }
    const piece = event.target.closest(".pane.text [data-s]");
    if (piece && !String(getSelection())) {
      const here = (piece.dataset.r || "").split(" ").filter(Boolean).map(Number).filter((i) => !off.has(tables[i]));
      // A click on what is chosen already goes on to the row around it.
      if (here.length) choose(here[(here.indexOf(chosen) + 1) % here.length], "text");
      else if (piece.dataset.f) walkTo(Number(piece.dataset.f.split(" ")[0]), false);
      else clear();
    }
  });
  function reveal(row) {
    if (!row) return;
    row.open = true;
    if (narrow()) switchTo("rows");
    show(row, "nearest");
  }

  // Under the pointer: both sides light up, and the line says how it was read.
  let over = null;
  doc.addEventListener("pointerover", (event) => {
    if (over) over.classList.remove("over");
    over = null;
    const piece = event.target.closest("[data-s]");
    if (piece && piece.dataset.r) {
      const index = Number(piece.dataset.r.split(" ")[0]);
      if (!off.has(tables[index])) over = rowAt(index);
      if (over) over.classList.add("over");
      paint("hov", over ? spanOf(over) : []);
    } else {
      const row = event.target.closest(".row > summary");
      paint("hov", row ? spanOf(row.parentElement) : []);
    }
    const line = event.target.closest(".ln");
    if (line) line.title = about(line);
  });
  function about(line) {
    const d = line.dataset, parts = [];
    if (d.n) parts.push(word(said.words.line, d.n));
    if (d.role) parts.push(d.role in said.roles ? said.roles[d.role][english ? 1 : 0] : d.role);
    if (d.dup) parts.push(word(said.words.repeats, d.dup));
    if (d.sure) parts.push(word(said.words.confidence, d.sure));
    if (d.box) parts.push(word(said.words.box, d.box));
    return parts.join(" · ");
  }

  function walkTo(index, jump) {
    if (!findingCount) return;
    if (at >= 0) findingAt(at).parentElement.classList.remove("current");
    at = (index + findingCount) % findingCount;
    const link = findingAt(at);
    link.parentElement.classList.add("current");
    if (link.dataset.row) choose(Number(link.dataset.row), "quiet"); else { wires = []; paint("sel", []); rewire(); }
    if (narrow()) switchTo(jump ? "text" : "findings");
    link.focus({ preventScroll: true });
    show(link.parentElement, "nearest");
    if (link.dataset.a) { const there = spanOf(link); paint("ev", there); show(there[0]); }
    else show(document.getElementById(link.getAttribute("href").slice(1)));
    tell(link.textContent.trim());
  }
  const press = (css, act) => { const b = doc.querySelector(css); if (b) b.addEventListener("click", act); };
  press(".prev", () => walkTo(at - 1, true));
  press(".next", () => walkTo(at + 1, true));

  for (const toggle of all(".toggle", doc)) {
    toggle.addEventListener("click", () => {
      const table = toggle.dataset.table, hide = !off.has(table);
      if (hide) off.add(table); else off.delete(table);
      doc.classList.toggle(`off${table}`, hide);
      toggle.setAttribute("aria-pressed", String(!hide));
    });
  }

  // Find in the page: text first, then values of rows. Full width and case make no difference.
  const box = doc.querySelector(".find-box"), output = doc.querySelector(".hits");
  const folded = (written) => written.replace(/[\uff01-\uff5e\u3000A-Z]/g, (c) => {
    const half = c === "\u3000" ? " " : c >= "\uff01" ? String.fromCharCode(c.charCodeAt(0) - 0xfee0) : c;
    return half.toLowerCase();
  });
  // What a block says, also while it is still to come.
  const wordsOf = (block) => folded(block.later ? plain(block.el.firstElementChild.textContent) : block.el.textContent);
  const MOST_FOUND = 5000, MOST_SHOWN = 1000;
  function rangeOf({ block, start, end }) {
    block.fill();
    const walker = document.createTreeWalker(block.el, NodeFilter.SHOW_TEXT), range = document.createRange();
    let seen = 0, started = false;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      const length = node.data.length;
      if (!started && start < seen + length) { range.setStart(node, start - seen); started = true; }
      if (started && end <= seen + length) { range.setEnd(node, end - seen); return range; }
      seen += length;
    }
    return null;
  }
  const canHighlight = typeof Highlight === "function" && CSS.highlights;
  function find() {
    for (const el of all(".now", doc)) el.classList.remove("now");
    if (canHighlight) { CSS.highlights.delete("found"); CSS.highlights.delete("here"); }
    found = []; foundAt = -1;
    const needle = folded(box.value.trim());
    if (!needle) { output.textContent = ""; return; }
    for (const held of [text, rows]) {
      for (const block of held) {
        if (found.length >= MOST_FOUND) break;
        const said = wordsOf(block);
        for (let from = said.indexOf(needle); from >= 0 && found.length < MOST_FOUND; from = said.indexOf(needle, from + needle.length)) {
          found.push({ block, start: from, end: from + needle.length, inText: held === text });
        }
      }
    }
    if (canHighlight) {
      const shown = found.filter((f) => !f.block.later).slice(0, MOST_SHOWN);
      CSS.highlights.set("found", new Highlight(...shown.map(rangeOf).filter(Boolean)));
    }
    output.textContent = word(said.words.hits, found.length < MOST_FOUND ? found.length : `${MOST_FOUND}+`);
  }
  function goTo(step) {
    if (!found.length) return;
    foundAt = foundAt < 0 && step < 0 ? found.length - 1 : (foundAt + step + found.length) % found.length;
    for (const el of all(".now", doc)) el.classList.remove("now");
    const hit = found[foundAt], range = rangeOf(hit);
    if (!range) return;
    let el = range.startContainer.parentElement;
    const row = el.closest(".row");
    if (narrow()) switchTo(hit.inText ? "text" : "rows");
    if (row && !hit.inText) { if (!el.closest("summary")) row.open = true; }
    if (canHighlight) CSS.highlights.set("here", new Highlight(range)); else el.classList.add("now");
    show(el);
    output.textContent = `${foundAt + 1} / ${found.length}`;
  }
  let waiting = 0;
  box.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(find, 150); });
  box.addEventListener("keydown", (event) => {
    if (event.key === "Enter") { event.preventDefault(); clearTimeout(waiting); if (!found.length) find(); goTo(event.shiftKey ? -1 : 1); }
    if (event.key === "Escape") { box.value = ""; find(); box.blur(); }
  });

  function move(step) {
    let next = chosen < 0 && step < 0 ? tables.length : chosen;
    do next += step; while (next >= 0 && next < tables.length && off.has(tables[next]));
    if (next < 0 || next >= tables.length) return;
    if (narrow()) switchTo("rows");
    choose(next, "key");
    const row = rowAt(next);
    row.firstElementChild.focus({ preventScroll: true });
    show(row, "nearest");
  }
  entrance(tables.length ? rowAt(0) : null);

  function key(event) {
    if (event.key === "n" || event.key === "p") { walkTo(event.key === "n" ? at + 1 : Math.max(at, 0) - 1, true); return true; }
    if (event.key === "/") { box.focus(); box.select(); return true; }
    if (event.key === "Escape") { clear(); return true; }
    const inText = document.activeElement === pane;
    if (!inText && (event.key === "ArrowDown" || event.key === "ArrowUp")) { move(event.key === "ArrowDown" ? 1 : -1); return true; }
    return false;
  }
  // A place that a link leads to: a row, or a line, which may stand in a block that is still to come.
  function land(hash) {
    const [, kind, number] = hash.slice(id.length).match(/^([rL])(\d+)$/) || [];
    if (kind === "r") { const row = rowAt(Number(number)); reveal(row); choose(Number(number), "row"); }
    if (kind === "L") {
      const block = text.find((b) => !b.later ? b.el.querySelector(`#${hash}`) : b.el.firstElementChild.textContent.includes(` id="${hash}"`));
      if (!block) return;
      block.fill();
      const line = document.getElementById(hash);
      if (narrow()) switchTo("text");
      show(line);
      paint("ev", all("[data-s]", line));
    }
  }
  return { id, key, land };
}

// One document at a time: it is made ready when it is first shown.
const docs = all(".doc"), ready = new Map(), summary = document.getElementById("summary");
let current = null;
function route() {
  const hash = decodeURIComponent(location.hash.slice(1));
  const named = hash.match(/^(d\d*)(?:[rLfh]\d*)?$/);
  let doc = named ? docs.find((d) => d.id === named[1]) : null;
  if (!doc && !summary) doc = docs[0];
  if (summary) summary.classList.toggle("gone", Boolean(doc));
  for (const d of docs) d.classList.toggle("gone", d !== doc);
  document.body.className = doc ? "document" : "whole";
  current = null;
  if (doc) {
    if (!ready.has(doc)) ready.set(doc, open(doc));
    current = ready.get(doc);
    if (hash) current.land(hash);
  }
}
addEventListener("hashchange", route);
route();

document.getElementById("sheet-close").addEventListener("click", () => { document.getElementById("sheet").hidden = true; });
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest("input, textarea, select")) return;
  if (current && current.key(event)) event.preventDefault();
  else if (!current && event.key === "/" && filter) { event.preventDefault(); filter.focus(); }
});
const filter = document.getElementById("filter");
if (filter) {
  filter.addEventListener("input", () => {
    const needle = filter.value.trim().toLowerCase();
    for (const li of all(".documents > li")) li.classList.toggle("gone", !li.textContent.toLowerCase().includes(needle));
  });
}
addEventListener("beforeprint", () => {
  for (const block of all(".doc:not(.gone) .later")) block.fill();
  for (const row of all(".doc:not(.gone) .row")) row.open = true;
});
})();
