// Whoever has their data deleted has what this browser kept of it deleted too.
(() => {
  document.querySelector("[data-forgets]")?.addEventListener("submit", () => {
    for (const name of Object.keys(localStorage)) if (name.startsWith("plumbline.chat.")) localStorage.removeItem(name);
  });
})();
