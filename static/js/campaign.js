// Keeps the campaign page's figures current. The page is complete without it: a reload shows the same.
(() => {
  const page = document.getElementById("campaign");
  if (!page || !("WebSocket" in window)) return;
  const badge = document.querySelector("[data-live-state]");
  const bar = page.querySelector("progress");
  const url = new URL(page.dataset.socket, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";

  const words = document.getElementById("campaign-words").dataset; // what this file says, in the reader's language
  const SILENCE = 50_000; // the server beats every 20 s
  const NOT_SIGNED_IN = 4401;
  const NOT_YOURS = 4403;
  let socket;
  let failures = 0;
  let timer;
  let watch;
  let shown;

  const tell = (state, words) => {
    badge.hidden = false;
    badge.dataset.liveState = state;
    const text = badge.querySelector("span");
    if (text.textContent !== words) text.textContent = words;
  };

  const say = (text) => window.dispatchEvent(new CustomEvent("plumbline:status", { detail: { text } }));

  const set = (name, text) =>
    document.querySelectorAll(`[data-live="${name}"]`).forEach((place) => {
      if (place.textContent !== text) place.textContent = text;
    });

  const show = (message) => {
    set("verdict", message.verdict);
    Object.entries(message.figures).forEach(([name, text]) => set(name, text));
    bar.max = message.max || 1;
    bar.value = message.value;
    if (message.state !== page.dataset.state) {
      page.dataset.state = message.state;
      say(words.changed.replace("{state}", words[message.state] ?? message.state));
    }
    const now = JSON.stringify(message.figures);
    if (shown !== undefined && shown !== now) document.body.dispatchEvent(new CustomEvent("plumbline:progress"));
    shown = now;
  };

  const listen = () => {
    clearTimeout(watch);
    watch = setTimeout(() => socket.close(), SILENCE);
  };

  const again = () => {
    // Half to one and a half times 1, 2, 4 … 30 s, so that a restarted server is not met by everybody at once.
    const wait = Math.min(30_000, 1000 * 2 ** failures) * (0.5 + Math.random());
    failures += 1;
    clearTimeout(timer);
    timer = setTimeout(open, wait);
  };

  const closed = (event) => {
    clearTimeout(watch);
    if (event.target !== socket) return;
    if (event.code === NOT_SIGNED_IN) tell("off", words.signedOut);
    else if (event.code === NOT_YOURS) tell("off", words.notYours);
    else {
      tell("wait", words.reconnecting);
      again();
    }
  };

  function open() {
    clearTimeout(timer);
    socket = new WebSocket(url);
    socket.addEventListener("message", (event) => {
      listen();
      failures = 0;
      tell("on", words.connected);
      const message = JSON.parse(event.data);
      if (message.type === "progress") show(message);
    });
    socket.addEventListener("open", listen);
    socket.addEventListener("close", closed);
  }

  const soon = () => {
    if (document.visibilityState === "visible" && badge.dataset.liveState === "wait" && socket.readyState === WebSocket.CLOSED) open();
  };
  document.addEventListener("visibilitychange", soon);
  window.addEventListener("online", soon);
  open();
})();
