// A half-filled check is kept on this machine until it is written: its author goes to and fro between form and chat.
(() => {
  "use strict";
  const over = document.querySelector("[data-check-over]");
  if (over) {
    try {
      localStorage.removeItem(`check:${over.dataset.checkOver}`);
    } catch {
      // There was no place to keep it either.
    }
  }
  const form = document.getElementById("check-form");
  if (!form) return;
  const key = `check:${form.dataset.check}`;
  const fields = () => [...form.elements].filter((one) => one.name && one.name !== "csrfmiddlewaretoken");

  const kept = () => {
    try {
      return JSON.parse(localStorage.getItem(key)) || {};
    } catch {
      return {};
    }
  };

  const keep = () => {
    const said = {};
    for (const one of fields()) {
      if (one.type === "radio" ? one.checked : one.value) said[one.name] = one.value;
    }
    try {
      localStorage.setItem(key, JSON.stringify(said));
    } catch {
      // Without a place to keep it, the form is as it would be without this.
    }
  };

  // What the server sent back says what was filled in last; only an untouched form is filled from here.
  const untouched = fields().every((one) => (one.type === "radio" ? !one.checked : !one.value));
  if (untouched) {
    const said = kept();
    for (const one of fields()) {
      if (one.type === "radio") one.checked = said[one.name] === one.value;
      else one.value = said[one.name] || "";
    }
  }
  form.addEventListener("input", keep);
  form.addEventListener("change", keep);
  keep();
})();
