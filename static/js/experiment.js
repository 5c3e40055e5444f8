// Keeps the counts of an experiment's page current. The page is complete without it: a reload shows the same.
(() => {
  const page = document.getElementById("experiment");
  if (!page || !("WebSocket" in window)) return;
  const words = document.getElementById("experiment-words").dataset; // what this file says, in the reader's language

  const say = (text) => window.dispatchEvent(new CustomEvent("plumbline:status", { detail: { text } }));

  const set = (name, text) =>
    page.querySelectorAll(`[data-live="${name}"]`).forEach((place) => {
      if (place.textContent !== text) place.textContent = text;
    });

  const show = (message) => {
    if (message.type !== "counts") return;
    Object.entries(message.figures).forEach(([name, text]) => set(name, text));
    const now = { state: message.state, ramp: String(message.ramp), held: String(message.held) };
    const changed = Object.keys(now).some((name) => now[name] !== page.dataset[name]);
    const newer = message.readout !== page.dataset.readout;
    Object.assign(page.dataset, now, { readout: message.readout });
    if (changed) say(words.changed);
    else if (newer) say(words.newer);
  };

  window.plumblineLive(page.dataset.socket, document.querySelector("[data-live-state]"), words, show);
})();
