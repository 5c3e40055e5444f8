// The page of one's own keys: press a key instead of typing its character; clashes are said at once. The server judges
// what is sent, with or without this file.
"use strict";

(() => {
  const form = document.getElementById("keys");
  if (!form) return;
  const fields = [...form.querySelectorAll(".keys__key")];
  const said = document.getElementById("keys-said");
  const allowed = /^[\p{Ll}\p{Lo}?!,.;:\-_+=*#[\]]$/u;
  const words = (text, parts) => text.replace(/\{(\w+)\}/g, (_, name) => parts[name]);
  const cap = (key) => (key.toUpperCase().length === 1 ? key.toUpperCase() : key);
  const labelOf = (field) => field.labels[0].textContent;

  function complain(field, text) {
    document.getElementById(field.getAttribute("aria-describedby")).textContent = text;
    if (text) field.setAttribute("aria-invalid", "true");
    else field.removeAttribute("aria-invalid");
  }

  function judge() {
    for (const field of fields) {
      const other = fields.find((one) => one !== field && one.value && one.value === field.value);
      complain(field, other ? words(form.dataset.clash, { key: cap(field.value), other: labelOf(other) }) : "");
      field.closest("tr").classList.toggle("is-changed", field.value !== field.dataset.standard);
    }
  }

  form.addEventListener("keydown", (event) => {
    const field = event.target.closest(".keys__key");
    // Keys with a name (Tab, Enter, arrows, a dead key, a key of an input method) stay what they are.
    if (!field || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || [...event.key].length !== 1) return;
    event.preventDefault();
    const key = event.key.normalize("NFC").toLowerCase();
    if (!allowed.test(key)) {
      const text = words(form.dataset.refused, { key: event.key });
      complain(field, text);
      said.textContent = text;
      return;
    }
    field.value = key;
    judge();
    field.select();
    said.textContent = document.getElementById(field.getAttribute("aria-describedby")).textContent || `${labelOf(field)}: ${cap(key)}`;
  });
  form.addEventListener("input", judge);
  for (const field of fields) field.addEventListener("focus", () => field.select());
})();
