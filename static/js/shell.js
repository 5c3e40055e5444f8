// What every page shares: the theme button, drawers, focus after swaps and the status line. No page needs it to work.
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];

  const current = () => root.dataset.theme || "auto";

  const label = (button) => {
    const next = themes[(themes.indexOf(current()) + 1) % themes.length];
    button.setAttribute("aria-label", `Theme: ${current()}. Change to ${next}`);
    button.title = `Theme: ${current()}`;
  };

  const setTheme = (theme) => {
    if (theme === "auto") delete root.dataset.theme;
    else root.dataset.theme = theme;
    try {
      if (theme === "auto") localStorage.removeItem("plumbline-theme");
      else localStorage.setItem("plumbline-theme", theme);
    } catch {
      // The theme then lasts as long as the page.
    }
  };

  document.querySelectorAll("[data-theme-toggle]").forEach((button) => {
    button.hidden = false;
    label(button);
    button.addEventListener("click", () => {
      setTheme(themes[(themes.indexOf(current()) + 1) % themes.length]);
      label(button);
    });
  });

  document.addEventListener("click", (event) => {
    const target = event.target;
    if (!(target instanceof Element)) return;
    const opener = target.closest("[data-opens]");
    if (opener) {
      const drawer = document.getElementById(opener.dataset.opens);
      if (drawer instanceof HTMLDialogElement && !drawer.open) {
        event.preventDefault();
        drawer.showModal();
      }
      return;
    }
    if (target.closest("[data-closes]")) target.closest("dialog")?.close();
    // A click on the backdrop is a click on the dialog itself, outside of its box.
    if (target instanceof HTMLDialogElement && target.classList.contains("drawer")) {
      const box = target.getBoundingClientRect();
      if (event.clientX < box.left) target.close();
    }
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      if (!menu.contains(target)) menu.open = false;
    });
  });

  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    document.querySelectorAll("details.menu[open]").forEach((menu) => {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    });
  });

  const line = document.getElementById("status-line");
  const say = (text) => {
    if (line) line.textContent = text;
  };
  window.addEventListener("plumbline:status", (event) => say(event.detail?.text || ""));

  document.addEventListener("htmx:sendError", () => say("No connection. What you typed is still here; try again in a moment."));
  document.addEventListener("htmx:timeout", () => say("The server did not answer in time. Try again in a moment."));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    if (status === 401) say("Your session has ended. Sign in again in another tab; what you typed is still here.");
    else if (status === 403) say("The server refused this. Reload the page and try again.");
    else if (status === 404) say("This no longer exists, or it is not yours. Reload the page.");
    else if (status === 429) say("Too many requests. Wait a minute, then try again.");
    else if (status >= 500) say("The server failed. What you typed is still here; try again in a moment.");
  });
  document.addEventListener("htmx:afterRequest", (event) => {
    if (event.detail.successful) say("");
  });
  // A fragment says itself where the person goes on reading.
  document.addEventListener("htmx:afterSwap", (event) => {
    const place = event.detail.elt?.querySelector?.("[data-focus]");
    if (place) place.focus({ preventScroll: true });
  });
})();
