// A socket that keeps a page current: `window.plumblineLive(path, badge, words, show)` calls `show` with every message,
// says in the badge how it stands, and comes back by itself. A page is complete without it: a reload shows the same.
// What it gives back sends a message to the server, while there is a connection.
window.plumblineLive = (path, badge, words, show) => {
  const url = new URL(path, location.href);
  url.protocol = location.protocol === "https:" ? "wss:" : "ws:";

  const SILENCE = 50_000; // the server beats every 20 s
  const NOT_SIGNED_IN = 4401;
  const NOT_YOURS = 4403;
  let socket;
  let failures = 0;
  let timer;
  let watch;

  const tell = (state, words) => {
    badge.hidden = false;
    badge.dataset.liveState = state;
    const text = badge.querySelector("span");
    if (text.textContent !== words) text.textContent = words;
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
      tell("wait", (!navigator.onLine && words.offline) || words.reconnecting);
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
      show(JSON.parse(event.data));
    });
    socket.addEventListener("open", listen);
    socket.addEventListener("close", closed);
  }

  const soon = () => {
    if (document.visibilityState === "visible" && badge.dataset.liveState === "wait" && socket.readyState === WebSocket.CLOSED) open();
  };
  document.addEventListener("visibilitychange", soon);
  window.addEventListener("online", soon);
  if (words.offline) window.addEventListener("offline", () => tell("wait", words.offline));
  open();
  return { send: (message) => { if (socket.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message)); } };
};
