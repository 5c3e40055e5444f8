// Keys of the inbox. They act only while a flag has the focus, and every one is a control on the page as well.
(() => {
  const list = document.getElementById("flags");
  if (!list) return;
  const flags = [...list.querySelectorAll(".flag")];
  // Only here can a flag be reached by Tab: without this file its links and controls are.
  flags.forEach((flag) => flag.setAttribute("tabindex", "0"));

  const go = (flag) => {
    if (!flag) return;
    flag.focus();
    flag.scrollIntoView({ block: "nearest" });
  };

  list.addEventListener("keydown", (event) => {
    const flag = event.target.closest(".flag");
    if (!flag || event.ctrlKey || event.metaKey || event.altKey || event.isComposing) return;
    const typing = event.target.matches("input:not([type=radio]), textarea, select");
    if (event.key === "Escape" && typing) {
      flag.focus();
      event.preventDefault();
      return;
    }
    if (typing) return;
    const at = flags.indexOf(flag);
    const key = event.key.toLowerCase();
    const states = [...flag.querySelectorAll("input[type=radio]")];
    const chosen = /^[1-9]$/.test(key) ? states[Number(key) - 1] : undefined;
    if (key === "j") go(flags[at + 1]);
    else if (key === "k") go(flags[at - 1]);
    else if (chosen) {
      chosen.checked = true;
      flag.focus();
    } else if (key === "n" && flag.querySelector("input[name=note]")) flag.querySelector("input[name=note]").focus();
    else if (key === "enter" && event.target === flag && flag.querySelector("form")) flag.querySelector("form").requestSubmit();
    else return;
    event.preventDefault();
  });

  // Who saves one goes on with the one that stands in its place after it.
  const STORE = "plumbline.flag";
  const stored = (does) => {
    try {
      return does(sessionStorage);
    } catch {
      return null; // One then begins at the top.
    }
  };
  list.addEventListener("submit", (event) => stored((store) => store.setItem(STORE, flags.indexOf(event.target.closest(".flag")))));
  const left = stored((store) => store.getItem(STORE));
  stored((store) => store.removeItem(STORE));

  const asked = document.querySelector("[data-focus]");
  if (asked) asked.focus();
  else if (left !== null) go(flags[Math.min(Number(left), flags.length - 1)]);
})();
