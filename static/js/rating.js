// The rating page. It is complete without this file; with it the next pair is there at once, drafts keep themselves,
// a lost connection loses nothing, and the keyboard does everything.
"use strict";

(() => {
  const desk = document.getElementById("rate-desk");
  const form = document.getElementById("rate-form");
  if (!desk || !form) return;
  const { Outbox, drafts, post } = window.plumblineOutbox;
  const { Keys, rowsOf, answered } = window.plumblineKeys;
  const line = document.getElementById("rate-line");
  const dock = form.querySelector(".rate-dock");
  const boxes = [...form.querySelectorAll(".rate-skip")];
  const words = document.getElementById("rate-words").dataset; // what this file says, in the reader's language
  const lease = Number(desk.dataset.lease) * 1000;
  const shelf = new Map(); // pairs sent and not yet acknowledged, to come back if the server refuses them
  let ahead = null;
  let since = performance.now();
  let draftTimer;
  let lastAct = Date.now();
  let lastBeat = Date.now();
  let together = true;
  let undoing = false;

  const pair = () => document.getElementById("rate-pair");
  const token = () => pair().dataset.token;
  const say = (text, kind = "") => { line.textContent = text; line.dataset.kind = kind; };
  const tell = (name, parts) => words[name].replace(/\{(\w+)\}/g, (_, part) => parts[part]);
  const boxOpen = () => boxes.find((box) => box.open)?.dataset.box ?? "";
  const shut = () => { for (const box of boxes) box.open = false; };
  const html = (text) => new DOMParser().parseFromString(text, "text/html");
  const fieldsOf = () => [...new FormData(form)].filter(([name, value]) => value !== "" && !["csrfmiddlewaretoken", "seconds", "reason", "report", "report_words"].includes(name));

  // ---- what is shown

  function pairIn(template) {
    const node = template?.content.querySelector("#rate-pair");
    return node ? document.importNode(node, true) : null;
  }

  function show(node, { fresh = true } = {}) {
    if (node !== pair()) pair().replaceWith(node);
    dock.hidden = !node.dataset.token;
    shut();
    form.elements.report_words.value = "";
    dress(node);
    if (fresh) restore(node);
    say(node.dataset.draft ? tell("draft", { time: node.dataset.draft }) : "");
    lock(false);
    since = performance.now();
    settle(node);
  }

  // Where a person goes on: in the first open row if all is in sight, else at the top, to read first.
  function settle(node) {
    const whole = matchMedia("(min-width: 900px) and (min-height: 640px)").matches;
    if (node.dataset.token) keys.begin(whole);
    if (whole && node.dataset.token) return;
    node.querySelector("h2")?.focus({ preventScroll: true });
    if (!whole) scrollTo({ top: 0, behavior: "instant" });
  }

  function lock(on) {
    for (const part of [pair(), dock]) part.toggleAttribute("inert", on);
    form.setAttribute("aria-busy", String(on));
  }

  // Of a long conversation the last turn is what the responses answer.
  function showQuestion(text) {
    const turns = text.querySelectorAll(".turn");
    const last = turns[turns.length - 1];
    if (last) text.scrollTop += last.getBoundingClientRect().top - text.getBoundingClientRect().top;
  }

  // What a page without a script does not need: folds, diff, scrolling together, the word for a point on the scale.
  function dress(node) {
    for (const row of node.querySelectorAll("fieldset.q")) follow(row);
    const text = node.querySelector(".rate-prompt__text");
    const fold = node.querySelector("[data-act=fold]");
    if (text && fold) {
      text.classList.add("is-folded");
      fold.hidden = text.scrollHeight <= text.clientHeight + 2;
      showQuestion(text);
    }
    const texts = [...node.querySelectorAll(".pane__text")];
    for (const one of texts) one.addEventListener("scroll", () => follows(one, texts), { passive: true });
    const diff = node.querySelector("[data-act=diff]");
    if (diff && !window.plumblineDiff.supported) diff.hidden = true;
    window.plumblineDiff.hide();
    node.querySelector("[data-act=lock]")?.setAttribute("aria-pressed", String(together));
    const panes = node.querySelector(".rate-panes");
    panes?.addEventListener("scroll", () => {
      const side = Math.abs(panes.scrollLeft) > panes.clientWidth / 2 ? "b" : "a";
      for (const link of node.querySelectorAll(".rate-switch a")) link.setAttribute("aria-current", String(link.dataset.side === side));
    }, { passive: true });
  }

  function follows(one, texts) {
    const other = texts.find((text) => text !== one);
    if (together && other && Math.abs(other.scrollTop - one.scrollTop) > 1) other.scrollTop = one.scrollTop;
  }

  function follow(row) {
    const inputs = [...row.querySelectorAll("input")];
    const chosen = inputs.find((input) => input.checked);
    const said = row.querySelector(".q__said");
    const face = chosen ? [...chosen.nextElementSibling.childNodes].filter((part) => part.nodeName !== "KBD") : [];
    if (said) said.textContent = face.map((part) => part.textContent).join("").trim();
    if (chosen) { row.removeAttribute("aria-invalid"); row.removeAttribute("aria-describedby"); }
  }

  function restore(node) {
    const kept = drafts.get(node.dataset.token);
    if (kept) fill(node, kept.body);
  }

  function fill(node, body) {
    const fields = new URLSearchParams(body);
    for (const input of node.querySelectorAll("input[type=radio], input[type=checkbox]")) {
      input.checked = fields.getAll(input.name).includes(input.value);
    }
    for (const area of node.querySelectorAll("textarea")) area.value = fields.get(area.name) ?? "";
    for (const row of node.querySelectorAll("fieldset.q")) follow(row);
  }

  // ---- saving

  function missing() {
    return rowsOf(form).filter((row) => "required" in row.dataset && !answered(row));
  }

  function label(row) {
    return row.querySelector("legend").textContent.replace(/\*.*$/s, "").trim();
  }

  function complain(rows) {
    for (const row of rows) { row.setAttribute("aria-invalid", "true"); row.setAttribute("aria-describedby", "rate-line"); }
    keys.enter(rows[0]);
    say(tell("missing", { rows: rows.map(label).join(", ") }), "warn");
  }

  function send(url, body) {
    const sent = pair();
    if (outbox.has(sent.dataset.token)) return;
    clearTimeout(draftTimer);
    shelf.set(sent.dataset.token, sent);
    outbox.put({ token: sent.dataset.token, url, body: new URLSearchParams(body).toString() });
    advance();
  }

  function advance() {
    if (ahead && outbox.has(token())) {
      const next = ahead;
      ahead = null;
      show(next);
    } else if (outbox.has(token())) {
      lock(true);
      say(words.saving);
    }
  }

  function submit() {
    if (!token() || form.getAttribute("aria-busy") === "true") return;
    const box = boxOpen();
    if (box) { (box === "skip" ? skip : report)(); return; }
    const rows = missing();
    const area = [...form.querySelectorAll(".q--text[data-required] textarea")].find((one) => !one.value.trim());
    if (rows.length) { complain(rows); return; }
    if (area) { area.focus(); say(words.why, "warn"); return; }
    form.elements.seconds.value = ((performance.now() - since) / 1000).toFixed(1);
    send(desk.dataset.url, [...fieldsOf(), ["seconds", form.elements.seconds.value]]);
  }

  function skip() {
    const button = form.querySelector("[data-skip]");
    send(button.getAttribute("formaction"), [["token", token()], ["reason", form.elements.reason.value]]);
  }

  function report() {
    const reason = form.elements.report.value;
    const text = form.elements.report_words;
    if (reason === "other" && !text.value.trim()) { text.focus(); say(words.reportWords, "warn"); return; }
    const url = form.querySelector("[data-report]").getAttribute("formaction");
    send(url, [["token", token()], ["report", reason], ["report_words", text.value]]);
  }

  const outbox = new Outbox(form, {
    ahead: (sent) => (token() === sent ? "" : token()),
    answered(entry, status, text) {
      if (status === 200 || status === 409) {
        if (status === 200) drafts.drop(entry.token);
        else drafts.put(entry.token, entry.body);
        shelf.delete(entry.token);
        apply(html(text));
      } else {
        drafts.put(entry.token, entry.body);
        refused(entry, status, text);
      }
    },
    waiting: (reason) => say(words[reason], "warn"),
    signIn(url) {
      say(words.signedOut, "warn");
      location.assign(url);
    },
  });

  function apply(answer) {
    const parts = answer.getElementById("rate-answer");
    if (!parts) { location.reload(); return; }
    for (const id of ["rate-trace", "rate-progress"]) {
      const part = answer.getElementById(id);
      if (part) document.getElementById(id).replaceWith(document.importNode(part, true));
    }
    const current = pairIn(answer.getElementById("rate-current"));
    const known = [ahead, pair()].find((node) => node?.dataset.token && node.dataset.token === parts.dataset.ahead);
    ahead = pairIn(answer.getElementById("rate-ahead")) ?? known ?? null;
    if (outbox.has(token())) advance();
    else if (current && current.dataset.token !== token()) show(current);
    else if (!line.dataset.kind) say(line.textContent === words.saving ? "" : line.textContent);
    else say("");
    if (undoing && outbox.empty) undo();
  }

  function refused(entry, status, text) {
    const back = shelf.get(entry.token) ?? (token() === entry.token ? pair() : null);
    if (!back) { location.reload(); return; }
    shelf.delete(entry.token);
    if (back !== pair()) {
      ahead = pair();
      show(back, { fresh: false });
    }
    lock(false);
    const box = back.querySelector("[data-errors]");
    if (status !== 422) {
      say(words.refused, "warn");
      return;
    }
    const note = html(text).querySelector(".note");
    box.replaceChildren(...(note ? [document.importNode(note, true)] : []));
    const named = [...box.querySelectorAll("[data-for]")].map((item) => item.dataset.for);
    const rows = rowsOf(form).filter((row) => named.includes(row.dataset.row));
    if (rows.length) complain(rows);
    else box.focus();
  }

  async function act(url, fields) {
    try {
      const answer = await post(url, fields, form);
      const signIn = answer.headers.get("HX-Redirect");
      if (signIn) { location.assign(signIn); return; }
      if (answer.status === 200 || answer.status === 409) apply(html(await answer.text()));
      else say(words.failed, "warn");
    } catch {
      say(words.noConnection, "warn");
    }
  }

  function undo() {
    const button = document.querySelector("#rate-trace [data-act=undo]");
    undoing = !outbox.empty;
    if (undoing) { say(words.savingFirst); return; }
    if (!button) return;
    if (token()) keep();
    act(button.getAttribute("formaction"), [["undo", button.value]]);
  }

  // ---- drafts and leases

  function keep() {
    clearTimeout(draftTimer);
    if (!token() || outbox.has(token())) return;
    drafts.put(token(), new URLSearchParams(fieldsOf()).toString());
  }

  async function saveDraft(options) {
    const of = token();
    if (!of || outbox.has(of)) return;
    const body = new URLSearchParams(fieldsOf()).toString();
    try {
      const answer = await post(desk.dataset.draft, new URLSearchParams(body), form, options);
      if (answer.headers.get("HX-Redirect")) { say(words.draftSignedOut, "warn"); return; }
      const { saved } = answer.ok ? await answer.json() : {};
      if (!saved || token() !== of) return;
      if (drafts.get(of)?.body === body) drafts.drop(of);
      say(tell("draft", { time: saved }));
    } catch {
      if (token() === of) say(words.draftOffline, "warn");
    }
  }

  async function beat() {
    const tokens = [token(), ahead?.dataset.token].filter(Boolean);
    if (!tokens.length) return;
    lastBeat = Date.now();
    try {
      const answer = await post(desk.dataset.beat, tokens.map((one) => ["token", one]), form);
      if (!answer.ok || answer.headers.get("HX-Redirect")) return;
      const { held } = await answer.json();
      if (!held.includes(tokens[0]) && token() === tokens[0] && !outbox.has(tokens[0])) {
        say(words.over, "warn");
      }
    } catch { /* the next beat or the submit will say it */ }
  }

  function awake() {
    lastAct = Date.now();
    if (lastAct - lastBeat > lease * 0.8) beat();
  }

  setInterval(() => {
    const now = Date.now();
    if (now - lastBeat > lease / 3 && lastAct > lastBeat) beat();
    else if (now - lastBeat > lease * 0.8 && token() && line.dataset.kind !== "warn") {
      say(words.stillThere, "warn");
    }
  }, Math.max(250, Math.min(5000, lease / 30)));

  // ---- what people do

  const act_on = {
    fold: (button) => {
      const text = pair().querySelector(".rate-prompt__text");
      const open = text.classList.toggle("is-folded");
      if (open) showQuestion(text);
      button.setAttribute("aria-expanded", String(!open));
      button.firstChild.data = `${open ? words.showAll : words.fold} `;
    },
    lock: (button) => {
      together = !together;
      button.setAttribute("aria-pressed", String(together));
    },
    diff: (button) => {
      const on = button.getAttribute("aria-pressed") !== "true";
      const texts = pair().querySelectorAll(".pane__text");
      if (!on) window.plumblineDiff.hide();
      else if (!window.plumblineDiff.show(texts[0], texts[1])) { say(words.tooLong); return; }
      button.setAttribute("aria-pressed", String(on));
    },
    guideline: () => document.getElementById("rate-guide").showModal(),
    keys: () => document.getElementById("rate-keys").showModal(),
    undo,
  };

  function press(name) {
    const button = [...document.querySelectorAll(`[data-act="${name}"]`)].find((one) => one.offsetParent !== null);
    if (button) act_on[name](button);
  }

  function openBox(name) {
    if (!token()) return;
    for (const box of boxes) box.open = box.dataset.box === name;
    keys.enter(boxes.find((box) => box.open).querySelector("fieldset"));
  }

  const keys = new Keys(form, {
    Enter: submit,
    Escape: () => {
      if (!boxOpen()) return false;
      shut();
      keys.begin();
      return true;
    },
    skip: () => openBox("skip"),
    report: () => openBox("report"),
    undo,
    diff: () => press("diff"),
    lock: () => press("lock"),
    fold: () => press("fold"),
    guideline: act_on.guideline,
    keys: act_on.keys,
    why: () => (boxOpen() === "report" ? form.elements.report_words : form.querySelector(".q--text textarea"))?.focus(),
    thumbs: () => keys.enter(rowsOf(form).find((row) => row.matches(".q--thumb"))),
    scroll: (way) => {
      const text = pair().querySelector(".pane__text");
      text?.scrollBy({ top: way * text.clientHeight * 0.85 });
      return Boolean(text) && text.scrollHeight > text.clientHeight;
    },
  }, JSON.parse(desk.dataset.keys));

  form.noValidate = true;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const button = event.submitter;
    if (button?.dataset.act === "undo") undo();
    else if (button && "skip" in button.dataset) skip();
    else if (button && "report" in button.dataset) report();
    else submit();
  });
  form.addEventListener("input", (event) => {
    if (event.target.closest(".rate-skip")) return;
    const row = event.target.closest("fieldset.q");
    if (row) for (const one of pair().querySelectorAll("fieldset.q")) follow(one);
    keep();
    draftTimer = setTimeout(saveDraft, 1000);
  });
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-act]");
    const side = event.target.closest("[data-side]");
    if (side) {
      event.preventDefault();
      document.getElementById(`pane-${side.dataset.side}`).scrollIntoView({ block: "nearest", inline: "start" });
    }
    if (!button || button.dataset.act === "undo" || !act_on[button.dataset.act]) return;
    event.preventDefault();
    act_on[button.dataset.act](button);
  });
  for (const kind of ["pointerdown", "keydown", "wheel", "touchstart"]) window.addEventListener(kind, awake, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden" && drafts.get(token())) saveDraft({ keepalive: true });
  });

  // Opening one of the two boxes at the foot by hand shuts the other.
  for (const box of boxes) box.addEventListener("toggle", () => { if (box.open) for (const other of boxes) if (other !== box) other.open = false; });

  const single = document.querySelector("[data-act=shortcuts]");
  keys.on = single.checked;
  single.addEventListener("change", async () => {
    keys.on = single.checked;
    try {
      const answer = await post(desk.dataset.switch, [["on", single.checked ? "1" : "0"]], form, { keepalive: true });
      if (!answer.ok || answer.headers.get("HX-Redirect")) throw new Error(String(answer.status));
    } catch { say(words.switchFailed, "warn"); }
  });
  drafts.sweep();
  ahead = pairIn(document.getElementById("rate-ahead"));
  if (pair().querySelector("[data-errors] .note") === null) show(pair());
  else { dress(pair()); settle(pair()); }
  for (const entry of outbox.entries) if (entry.token === token()) { fill(pair(), entry.body); shelf.set(entry.token, pair()); }
  advance();
  outbox.pump();
  desk.dataset.ready = "";
})();
