// What every page shares: the theme button, drawers, focus after swaps and the status line. No page needs it to work.
(() => {
  const root = document.documentElement;
  const themes = ["auto", "light", "dark"];

  const current = () => root.dataset.theme || "auto";

  const label = (button) => {
    const next = themes[(themes.indexOf(current()) + 1) % themes.length];
    const say = (text) => text.replace("{now}", button.dataset[current()]).replace("{next}", button.dataset[next]);
    button.setAttribute("aria-label", say(button.dataset.label));
    button.title = say(button.dataset.now);
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

  // On a narrow screen the bar scrolls, and tabs do: where one is, is in sight.
  const bars = [...document.querySelectorAll(".nav, .tabs")];
  const showHere = () => {
    for (const bar of bars) {
      const here = bar.querySelector("[aria-current]");
      if (here) bar.scrollLeft = here.offsetLeft - bar.offsetLeft - (bar.clientWidth - here.offsetWidth) / 2;
    }
  };
  window.addEventListener("resize", showHere);
  showHere();

  const line = document.getElementById("status-line");
  const say = (text) => {
    if (line) line.textContent = text ?? "";
  };
  window.addEventListener("plumbline:status", (event) => say(event.detail?.text || ""));

  // What it says, in the reader's language, stands on the line itself.
  const tell = (name) => say(line?.dataset[name]);
  document.addEventListener("htmx:sendError", () => tell("noConnection"));
  document.addEventListener("htmx:timeout", () => tell("timeout"));
  document.addEventListener("htmx:responseError", (event) => {
    const status = event.detail.xhr.status;
    tell(String(status >= 500 ? 500 : status));
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
