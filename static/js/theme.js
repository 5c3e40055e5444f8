// Runs before the first paint, so that a chosen theme never flashes in as the other one.
(() => {
  let theme = null;
  try {
    theme = localStorage.getItem("plumbline-theme");
  } catch {
    // Storage can be shut off; then the system's choice stands.
  }
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
