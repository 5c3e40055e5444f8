// Shows an answer while it is written: closed blocks stay as they are, the tail is shown anew with every frame.
"use strict";

(() => {
  const nodesOf = (html) => [...new DOMParser().parseFromString(html, "text/html").body.childNodes].map((node) => document.importNode(node, true));

  class Stream {
    // `place` finds the element that holds the words of a side, or null where the page does not show it.
    constructor(place) {
      this.place = place;
      this.n = 0;
      this.sides = new Map();
    }

    // Whether the frame fitted on what is shown; if not, the caller asks for what is missing.
    frame(message) {
      const sides = Object.entries(message.sides);
      if (message.n < this.n) return true;
      if (sides.some(([place, side]) => side.from > (this.sides.get(place)?.blocks.length ?? 0))) return false;
      for (const [place, side] of sides) this.show(place, side);
      this.n = message.n;
      return true;
    }

    show(place, side) {
      const box = this.place(place);
      if (!box) return;
      let known = this.sides.get(place);
      if (!known || side.from === 0) {
        box.replaceChildren();
        known = { blocks: [], tail: [] };
        this.sides.set(place, known);
      }
      for (const node of [...known.blocks.splice(side.from).flat(), ...known.tail]) node.remove();
      for (const html of side.blocks) {
        const nodes = nodesOf(html);
        known.blocks.push(nodes);
        box.append(...nodes);
      }
      known.tail = nodesOf(side.tail);
      box.append(...known.tail);
    }
  }

  window.plumblineStream = { Stream, nodesOf };
})();
