// The keyboard: one row of controls has it; digits act there, arrows move, other keys do what the person's map says.
"use strict";

(() => {
  const seen = (row) => row.offsetParent !== null && getComputedStyle(row).visibility === "visible";
  const rowsOf = (form) => [...form.querySelectorAll("fieldset.q[data-row]")].filter((row) => !row.closest(".rate-skip") && seen(row));
  const inputsOf = (row) => [...row.querySelectorAll("input")];
  const answered = (row) => inputsOf(row).some((input) => input.checked);
  const typing = (element) => element && (element.matches("textarea, select, [contenteditable]") || (element.matches("input") && !element.matches("[type=radio], [type=checkbox]")));

  // What a key press stands for. The character decides, so that a keyboard works as it is labelled. Where it says nothing
  // to us the place of the key does: digits that need Shift on this keyboard, and letters of another script.
  function meant(event, map) {
    const key = event.key;
    if ([...key].length !== 1) return key;
    const character = key.normalize("NFC").toLowerCase();
    if (character in map || /^[0-9a-z]$/.test(character)) return character;
    const place = /^(?:Digit|Numpad)([0-9])$/.exec(event.code);
    if (place && !event.shiftKey) return place[1];
    const letter = /^Key([A-Z])$/.exec(event.code);
    return letter && /\p{L}/u.test(character) ? letter[1].toLowerCase() : character;
  }

  class Keys {
    // `acts` maps an action to what it does, `map` a character to its action; `form` holds the rows.
    constructor(form, acts, map) {
      this.form = form;
      this.acts = acts;
      this.map = map;
      this.rightToLeft = getComputedStyle(form.parentElement).direction === "rtl";
      this.on = true;
      this.row = null;
      document.addEventListener("keydown", (event) => this.pressed(event));
      form.addEventListener("focusin", (event) => {
        const row = event.target.closest("fieldset.q");
        if (row) this.mark(row);
      });
    }

    mark(row) {
      if (this.row) this.row.classList.remove("is-current");
      this.row = row;
      row.classList.add("is-current");
    }

    enter(row) {
      if (!row) return;
      this.mark(row);
      const inputs = inputsOf(row);
      const target = inputs.find((input) => input.checked) ?? inputs[0];
      target.focus({ preventScroll: true });
      row.scrollIntoView({ block: "nearest", inline: "nearest" });
    }

    // The first row that must be answered and is not, else the first one; thumbs wait until they are asked for.
    begin(focus = true) {
      const rows = rowsOf(this.form);
      const row = rows.find((one) => "required" in one.dataset && !answered(one)) ?? rows[0];
      if (focus) this.enter(row);
      else if (row) this.mark(row);
    }

    current() {
      const focused = document.activeElement?.closest?.("fieldset.q");
      return focused ?? (this.row?.isConnected ? this.row : null);
    }

    pressed(event) {
      if (event.ctrlKey && event.key === "Enter" && document.activeElement?.form === this.form) {
        event.preventDefault();
        this.acts.Enter();
        return;
      }
      if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || event.key === "Dead") return;
      if (document.querySelector("dialog[open]")) return;
      const at = document.activeElement;
      if (typing(at)) {
        if (event.key === "Escape" && this.form.contains(at)) this.enter(this.row?.isConnected ? this.row : rowsOf(this.form)[0]);
        return;
      }
      const key = meant(event, this.map);
      if (key === "Escape" && this.acts.Escape()) { event.preventDefault(); return; }
      if (!this.on || event.repeat && !key.startsWith("Arrow") && !key.startsWith("Page")) {
        if (event.repeat && key === "Enter") event.preventDefault();
        return;
      }
      if (this.handled(key, at)) event.preventDefault();
    }

    handled(key, at) {
      if (/^[0-9]$/.test(key)) return this.digit(key);
      if (key.startsWith("Arrow")) return this.arrow(key);
      if (key === "PageDown" || key === "PageUp") return this.acts.scroll(key === "PageDown" ? 1 : -1);
      // Enter on a button or a link is theirs.
      if (key === "Enter" && at?.closest("button, a, summary")) return false;
      if (key === "Enter") { this.acts.Enter(); return true; }
      const action = Object.hasOwn(this.map, key) ? this.map[key] : "";
      if (action === "both_bad" || action === "cannot_judge") return this.code(action);
      const act = action && this.acts[action];
      if (!act) return false;
      act();
      return true;
    }

    digit(key) {
      const row = this.current();
      if (!row) return false;
      if (row.matches(".q--thumb")) return this.thumb(key);
      const input = inputsOf(row).find((one) => one.dataset.key === key);
      if (!input) return false;
      this.pick(row, input);
      return true;
    }

    thumb(key) {
      for (const row of rowsOf(this.form).filter((one) => one.matches(".q--thumb"))) {
        const input = inputsOf(row).find((one) => one.dataset.key === key);
        if (!input) continue;
        this.choose(input);
        this.enter(row);
        return true;
      }
      return false;
    }

    code(value) {
      const row = rowsOf(this.form).find((one) => one.dataset.row === "overall");
      const input = row && inputsOf(row).find((one) => one.value === value);
      if (!input) return false;
      this.pick(row, input);
      return true;
    }

    // A second press of the same answer takes it back, which a mouse cannot do with a radio button.
    choose(input) {
      const toggles = input.type === "checkbox" || (input.checked && !input.closest(".q--skip"));
      input.checked = toggles ? !input.checked : true;
      input.dispatchEvent(new Event("input", { bubbles: true }));
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return input.checked;
    }

    pick(row, input) {
      const chosen = this.choose(input);
      input.focus({ preventScroll: true });
      if (!chosen || input.type === "checkbox" || row.matches(".q--skip")) return;
      const rows = rowsOf(this.form);
      const rest = rows.slice(rows.indexOf(row) + 1);
      const refined = rest[0]?.dataset.row === `${row.dataset.row}.details` ? rest[0] : null;
      this.enter(refined ?? rest.find((one) => "required" in one.dataset) ?? rest.find((one) => !one.matches(".q--thumb")));
    }

    arrow(key) {
      const row = this.current();
      if (row?.matches(".q--skip")) return false;
      const rows = rowsOf(this.form);
      if (!row) { this.begin(); return true; }
      const side = row.dataset.row.slice(0, 2);
      if (key === "ArrowLeft" || key === "ArrowRight") {
        if (!/^[ab]\./.test(side)) return false;
        const first = (key === "ArrowLeft") !== this.rightToLeft;
        const name = `${first ? "a" : "b"}.${row.dataset.row.slice(2)}`;
        const other = rows.find((one) => one.dataset.row === name) ?? rows.find((one) => one.dataset.row === name.replace(".details", ""));
        if (other) this.enter(other);
        return true;
      }
      const next = rows[rows.indexOf(row) + (key === "ArrowDown" ? 1 : -1)];
      if (next) this.enter(next);
      return true;
    }
  }

  window.plumblineKeys = { Keys, rowsOf, answered };
})();
