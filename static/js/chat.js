// The chat. It is complete without this file; with it answers are read while they are written, nothing that was typed is
// lost with the connection, and what is said of an answer is saved without leaving the place.
"use strict";

(() => {
  const room = document.getElementById("chat");
  const form = document.getElementById("chat-form");
  const thread = document.getElementById("chat-thread");
  if (!room) return;
  const { post, read, write } = window.plumblineOutbox;
  const { Stream, nodesOf } = window.plumblineStream;
  const words = document.getElementById("chat-says").dataset; // what this file says, in the reader's language
  const store = `chat.${room.dataset.chat}`;
  const WEEK = 7 * 86_400_000;
  const streams = new Map();
  const loading = new Map();
  let sending = false;
  let given = false; // the person stopped a message that was not sent yet
  let heard = Date.now();
  let socket = { send: () => {} };

  const line = () => document.getElementById("chat-line");
  const say = (text, kind = "") => { if (line()) { line().textContent = text; line().dataset.kind = kind; } };
  const turnOf = (message) => thread.querySelector(`[data-message="${message}"]`);
  const last = () => thread.lastElementChild;
  const busy = () => Boolean(thread.querySelector("[data-unfinished]"));
  const finger = matchMedia("(pointer: coarse)").matches;

  const keep = (body, key, sent) => write(store, { body, key, sent, at: Date.now() });

  // What was typed into chats that nobody came back to.
  function sweep() {
    for (const name of Object.keys(localStorage).filter((one) => one.startsWith("plumbline.chat."))) {
      if (Date.now() - (read(name.slice("plumbline.".length), null)?.at ?? 0) > WEEK) localStorage.removeItem(name);
    }
  }

  function newKey() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // ---- to the server

  // Signing in elsewhere makes a new CSRF token; a page from before it has the old one.
  async function renew() {
    const url = location.href;
    const page = await fetch(url, { credentials: "same-origin", redirect: "manual" });
    if (!page.ok) return false;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("#chat-form [name=csrfmiddlewaretoken]");
    if (fresh) for (const one of document.getElementsByName("csrfmiddlewaretoken")) one.value = fresh.value;
    return Boolean(fresh);
  }

  // Posts until the server has answered; what is posted carries its key, so that twice is once. `waits` is called with
  // the reason whenever it must be tried again, and ends the trying by returning false.
  async function deliver(url, fields, of, waits) {
    let renewed = false;
    for (let tries = 0; ; tries += 1) {
      let reason = "silent";
      try {
        const answer = await post(url, fields, of);
        const signIn = answer.headers.get("HX-Redirect");
        if (signIn) { location.assign(signIn); return null; }
        if (answer.status === 403 && !renewed && await renew()) renewed = true;
        else if (answer.status < 500 && answer.status !== 429 && answer.type !== "opaqueredirect") return { status: answer.status, text: await answer.text() };
      } catch { reason = "waiting"; }
      if (!waits(reason)) return null;
      await pause(Math.min(15_000, 500 * 2 ** Math.min(tries, 5)) * (0.75 + Math.random() / 2));
    }
  }

  function pause(time) {
    return new Promise((done) => {
      const end = () => { clearTimeout(timer); window.removeEventListener("online", end); done(); };
      const timer = setTimeout(end, time);
      window.addEventListener("online", end);
    });
  }

  function fault(text) {
    const told = new DOMParser().parseFromString(text, "text/html").getElementById("chat-line");
    return told ? told.textContent : words.refused;
  }

  // ---- what is shown

  function put(html, { announced = false } = {}) {
    const fresh = nodesOf(html).find((node) => node.nodeName === "LI");
    if (!fresh) return null;
    const old = turnOf(fresh.dataset.message);
    const within = old?.contains(document.activeElement) ? document.activeElement.closest("[data-at]")?.dataset.at : null;
    const aside = old?.querySelector(".chat-answers")?.scrollLeft ?? 0;
    if (old) {
      fresh.classList.toggle("is-new", old.classList.contains("is-new"));
      old.replaceWith(fresh);
    } else {
      document.getElementById("chat-empty")?.remove();
      thread.append(fresh);
    }
    streams.delete(fresh.dataset.message);
    dress(fresh);
    const answers = fresh.querySelector(".chat-answers");
    if (aside) answers.scrollLeft = aside;
    if (within) fresh.querySelector(`summary[data-at="${within}"], [data-at="${within}"]`)?.focus({ preventScroll: true });
    if (announced && old && "unfinished" in old.dataset && !("unfinished" in fresh.dataset)) announce(fresh);
    ready();
    return fresh;
  }

  // Screen readers hear an answer when it is whole.
  function announce(turn) {
    const told = [...turn.querySelectorAll(".chat-answer")].map((one) => {
      const text = one.querySelector(".reading").textContent.trim();
      const note = one.querySelector(".chat-answer__note")?.textContent ?? "";
      return `${one.getAttribute("aria-label")}: ${text} ${note}`;
    });
    document.getElementById("chat-announce").textContent = told.join("\n");
  }

  function ready() {
    if (!form) return;
    const waits = sending || busy();
    form.querySelector("[data-send]").hidden = waits;
    form.querySelector("[data-stop]").hidden = !waits;
    document.getElementById("chat-dock").dataset.state = waits ? "busy" : "ready";
    if (!waits && line().textContent === words.busy) say("");
  }

  // Which of the two is in sight where they are swiped.
  function dress(turn) {
    const answers = turn.querySelector(".chat-answers");
    answers?.addEventListener("scroll", () => {
      const there = Math.abs(answers.scrollLeft) > answers.clientWidth / 2 ? "1" : "0";
      for (const link of turn.querySelectorAll(".chat-switch a")) link.setAttribute("aria-current", String(link.dataset.side === there));
    }, { passive: true });
  }

  // The turn as the server has it now; asked once at a time.
  function load(message) {
    if (!loading.has(message)) loading.set(message, fetchTurn(message).finally(() => loading.delete(message)));
    return loading.get(message);
  }

  async function fetchTurn(message) {
    try {
      const url = `${room.dataset.turn}${message}/`;
      const answer = await fetch(url, { credentials: "same-origin", redirect: "manual", headers: { "HX-Request": "true", "HX-Current-URL": location.href } });
      const signIn = answer.headers.get("HX-Redirect");
      if (signIn) location.assign(signIn);
      else if (answer.ok) put(await answer.text(), { announced: true });
    } catch { /* the socket or the next look brings it */ }
  }

  // ---- from the server

  function streamOf(message) {
    if (!streams.has(message)) {
      streams.set(message, new Stream((place) => turnOf(message)?.querySelector(`[data-place="${place}"] .reading`)));
    }
    return streams.get(message);
  }

  const heardOf = {
    frame(told) {
      if (!turnOf(told.message)) load(told.message);
      else if (!streamOf(told.message).frame(told)) socket.send({ type: "resume", message: told.message, n: streamOf(told.message).n });
    },
    done(told) { load(told.message); },
    state(told) {
      if (told.open === false && form) {
        // This may come before the answer to one's own “End this chat”, and would lead away from the form at its end.
        location.hash = "chat-end";
        location.reload();
        return;
      }
      for (const one of told.lines) {
        const turn = turnOf(one.message);
        const shown = (answer) => document.getElementById(`answer-${answer.id}`);
        if (!turn || one.answers.some((answer) => shown(answer)?.dataset.state !== answer.state)) load(one.message);
        else if ("unfinished" in turn.dataset && streamOf(one.message).n === 0) {
          // What was written before anybody listened; the frames that come now begin anew.
          for (const answer of one.answers) if (answer.html) shown(answer).querySelector(".reading").replaceChildren(...nodesOf(answer.html));
        }
      }
    },
  };

  // ---- what people do

  async function send() {
    const area = form.elements.body;
    const body = area.value;
    if (!body.trim() || sending) return;
    if (busy()) { say(words.busy, "warn"); return; }
    sending = true;
    given = false;
    area.readOnly = true;
    const key = form.elements.submission_key.value;
    keep(body, key, true);
    ready();
    const slow = setTimeout(() => say(words.sending), 400);
    const answer = await deliver(form.action, [["body", body], ["submission_key", key]], form, (reason) => { clearTimeout(slow); if (!given) say(words[reason], "warn"); return !given; });
    clearTimeout(slow);
    sending = false;
    area.readOnly = false;
    if (answer?.status === 200) sent(answer.text);
    else {
      keep(body, key, false);
      say(answer ? fault(answer.text) : "", "warn");
    }
    ready();
  }

  function sent(html) {
    write(store, null);
    form.elements.body.value = "";
    form.elements.submission_key.value = newKey();
    say("");
    for (const turn of thread.querySelectorAll(".is-new")) turn.classList.remove("is-new");
    const turn = put(html);
    if (!turn) { location.reload(); return; }
    begun(turn);
    // A keyboard on the screen would cover what comes now.
    if (finger) form.elements.body.blur();
    else form.elements.body.focus({ preventScroll: true });
  }

  // Room for the answer, and the socket is told to look at once.
  function begun(turn) {
    turn.classList.add("is-new");
    turn.scrollIntoView({ block: "start" });
    socket.send({ type: "look" });
  }

  async function stop() {
    if (sending) { given = true; return; }
    if (!busy()) return;
    const answer = await deliver(form.querySelector("[data-stop]").formAction, [], form, (reason) => { say(reason === "waiting" ? words.kept : words.silent, "warn"); return busy(); });
    if (answer?.status === 200) { put(answer.text, { announced: true }); say(""); socket.send({ type: "look" }); }
  }

  async function act(one, submitter) {
    if (one.getAttribute("aria-busy") === "true") return;
    one.setAttribute("aria-busy", "true");
    const fields = [...new FormData(one, submitter)];
    const again = one.matches(".chat-again");
    const answer = await deliver(one.action, fields, one, () => { say(words.kept, "warn"); return one.isConnected; });
    one.removeAttribute("aria-busy");
    if (answer?.status === 200) {
      say("");
      if (one.id === "chat-goes") replaceGoes(answer.text);
      else {
        const turn = put(answer.text);
        if (again && turn) {
          begun(turn);
          // The button that was pressed is gone while the answer is written.
          if (document.activeElement === document.body) turn.focus({ preventScroll: true });
        }
      }
    } else if (answer) say(fault(answer.text), "warn");
  }

  function replaceGoes(html) {
    const at = document.activeElement?.dataset.at;
    const fresh = nodesOf(html).find((node) => node.nodeName === "FORM");
    document.getElementById("chat-goes").replaceWith(fresh);
    fresh.querySelector(`[data-at="${at}"]`)?.focus({ preventScroll: true });
  }

  room.addEventListener("submit", (event) => {
    const one = event.target;
    if (one === form) {
      event.preventDefault();
      if (event.submitter && "stop" in event.submitter.dataset) stop();
      else send();
    } else if ("act" in one.dataset || one.id === "chat-goes") {
      event.preventDefault();
      act(one, event.submitter);
    }
  });

  thread.addEventListener("click", (event) => {
    const side = event.target.closest("[data-side]");
    if (!side) return;
    event.preventDefault();
    const answers = side.closest(".chat-turn").querySelector(".chat-answers");
    const way = getComputedStyle(answers).direction === "rtl" ? -1 : 1;
    answers.scrollTo({ left: Number(side.dataset.side) * answers.scrollWidth * way });
  });

  // What opens under the dock is brought above it.
  thread.addEventListener("toggle", (event) => {
    if (!event.target.open) return;
    const panel = event.target.querySelector(".say__panel");
    const under = panel.getBoundingClientRect().bottom - (document.getElementById("chat-dock")?.getBoundingClientRect().top ?? innerHeight);
    if (under > 0) scrollBy({ top: Math.min(under + 8, panel.getBoundingClientRect().top - 64) });
  }, true);

  if (form) {
    const area = form.elements.body;
    form.noValidate = true;
    area.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || event.shiftKey || event.isComposing || finger) return;
      event.preventDefault();
      send();
    });
    // Before the frame shuts an open menu: that is all that Escape does then.
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && (sending || busy()) && !document.querySelector("details.menu[open]")) stop();
    }, true);
    area.addEventListener("input", () => {
      if (area.value) keep(area.value, form.elements.submission_key.value, false);
      else write(store, null);
      const left = area.maxLength - area.value.length;
      say(left < 500 ? words.left.replace("{count}", left) : "");
    });
    sweep();
    const kept = read(store, null);
    if (kept && !area.value) {
      area.value = kept.body;
      form.elements.submission_key.value = kept.key;
    }
    if ("WebSocket" in window) {
      const badge = document.getElementById("chat-live");
      socket = window.plumblineLive(room.dataset.socket, badge, words, (told) => {
        heard = Date.now();
        heardOf[told.type]?.(told);
      });
    }
    // Without the socket, or where it is silent, one looks oneself.
    setInterval(() => {
      const connected = document.getElementById("chat-live").dataset.liveState === "on";
      if (busy() && Date.now() - heard > (connected ? 15_000 : 4000)) load(thread.querySelector("[data-unfinished]").dataset.message);
    }, 3000);
    if (kept?.sent && !busy()) send();
    else if (!finger && !location.hash) area.focus({ preventScroll: true });
  }
  for (const turn of thread.querySelectorAll(".chat-turn--pair")) dress(turn);
  if (!location.hash) last()?.scrollIntoView({ block: "start" });
  ready();
  room.dataset.ready = "";
})();
