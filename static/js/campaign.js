// Keeps the campaign page's figures current. The page is complete without it: a reload shows the same.
(() => {
  const page = document.getElementById("campaign");
  if (!page || !("WebSocket" in window)) return;
  const bar = page.querySelector("progress");
  const words = document.getElementById("campaign-words").dataset; // what this file says, in the reader's language
  let shown;

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

  window.plumblineLive(page.dataset.socket, document.querySelector("[data-live-state]"), words, (message) => {
    if (message.type === "progress") show(message);
  });
})();
