// Keeps the numbers of a programme's page current. The page is complete without it: a reload shows the same.
(() => {
  const page = document.getElementById("programme");
  if (!page || !("WebSocket" in window)) return;
  const words = document.getElementById("programme-words").dataset; // what this file says, in the reader's language

  const show = (message) => {
    if (message.type !== "counts") return;
    let changed = message.state !== page.dataset.state;
    Object.entries(message.figures).forEach(([name, text]) => {
      page.querySelectorAll(`[data-live="${name}"]`).forEach((place) => {
        if (place.textContent === text) return;
        place.textContent = text;
        changed = true;
      });
    });
    page.dataset.state = message.state;
    if (changed) window.dispatchEvent(new CustomEvent("plumbline:status", { detail: { text: words.changed } }));
  };

  window.plumblineLive(page.dataset.socket, document.querySelector("[data-live-state]"), words, show);
})();
