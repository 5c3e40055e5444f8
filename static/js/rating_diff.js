// Marks the words that two texts do not share, as highlights over the text: the page's elements stay as they are.
"use strict";

(() => {
  const LARGEST = 6_000_000; // cells of the table; two texts of 2,400 words each
  const supported = Boolean(window.CSS && CSS.highlights && window.Highlight);

  function words(root) {
    const found = [];
    const walker = document.createTreeWalker(root, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (const match of node.data.matchAll(/[\p{L}\p{N}]+|[^\s\p{L}\p{N}]/gu)) {
        found.push({ n: found.length, text: match[0], node, start: match.index, end: match.index + match[0].length });
      }
    }
    return found;
  }

  // Longest common subsequence; returns for each side which of its words are not in it.
  function lone(a, b) {
    let head = 0;
    while (head < a.length && head < b.length && a[head].text === b[head].text) head += 1;
    let tail = 0;
    while (tail < Math.min(a.length, b.length) - head && a[a.length - 1 - tail].text === b[b.length - 1 - tail].text) tail += 1;
    const m = a.length - head - tail;
    const n = b.length - head - tail;
    if ((m + 1) * (n + 1) > LARGEST) return null;
    const width = n + 1;
    const table = new Uint16Array((m + 1) * width);
    for (let i = m - 1; i >= 0; i -= 1) {
      for (let j = n - 1; j >= 0; j -= 1) {
        table[i * width + j] = a[head + i].text === b[head + j].text
          ? table[(i + 1) * width + j + 1] + 1
          : Math.max(table[(i + 1) * width + j], table[i * width + j + 1]);
      }
    }
    const onlyA = [];
    const onlyB = [];
    let i = 0;
    let j = 0;
    while (i < m && j < n) {
      if (a[head + i].text === b[head + j].text) { i += 1; j += 1; }
      else if (table[(i + 1) * width + j] >= table[i * width + j + 1]) { onlyA.push(a[head + i]); i += 1; }
      else { onlyB.push(b[head + j]); j += 1; }
    }
    for (; i < m; i += 1) onlyA.push(a[head + i]);
    for (; j < n; j += 1) onlyB.push(b[head + j]);
    return [onlyA, onlyB];
  }

  // Words that follow each other in one piece of text are marked as one stretch.
  function ranges(found) {
    const made = [];
    let last = null;
    for (const word of found) {
      if (last && last.node === word.node && last.n === word.n - 1) {
        made.at(-1).end = word.end;
      } else {
        made.push({ ...word });
      }
      last = word;
    }
    return made.map(({ node, start, end }) => new StaticRange({ startContainer: node, startOffset: start, endContainer: node, endOffset: end }));
  }

  function show(left, right) {
    const both = lone(words(left), words(right));
    if (!both) return false;
    CSS.highlights.set("rate-differs", new Highlight(...ranges(both[0]), ...ranges(both[1])));
    return true;
  }

  function hide() {
    if (supported) CSS.highlights.delete("rate-differs");
  }

  window.plumblineDiff = { supported, show, hide };
})();
