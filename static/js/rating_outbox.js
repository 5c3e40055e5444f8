// What was said and has not yet been acknowledged. It lies in localStorage, so that neither a reload nor a lost
// connection loses it, and is sent again and again under the same token until the server has answered. Only tokens and
// the rater's own answers are kept: never a prompt or a response.
"use strict";

(() => {
  const DAY = 86_400_000;
  const key = (name) => `plumbline.${name}`;

  function read(name, fallback) {
    try { return JSON.parse(localStorage.getItem(key(name))) ?? fallback; } catch { return fallback; }
  }

  function write(name, value) {
    try {
      if (value === null) localStorage.removeItem(key(name));
      else localStorage.setItem(key(name), JSON.stringify(value));
    } catch { /* a full or forbidden store: the page itself still holds it */ }
  }

  const drafts = {
    get: (token) => read(`draft.${token}`, null),
    put: (token, body) => write(`draft.${token}`, { body, at: Date.now() }),
    drop: (token) => write(`draft.${token}`, null),
    sweep() {
      for (const name of Object.keys(localStorage)) {
        if (!name.startsWith(key("draft."))) continue;
        const kept = read(name.slice(key("").length), null);
        if (!kept || Date.now() - kept.at > 7 * DAY) localStorage.removeItem(name);
      }
    },
  };

  async function post(url, fields, form, options = {}) {
    const body = new URLSearchParams(fields);
    body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
    return fetch(url, {
      method: "POST",
      body,
      credentials: "same-origin",
      redirect: "manual",
      headers: { "HX-Request": "true", "HX-Current-URL": location.href },
      ...options,
    });
  }

  // Signing in makes a new CSRF token; a page from before it has the old one.
  async function renew(form) {
    const page = await fetch(form.action, { credentials: "same-origin", redirect: "manual" });
    if (!page.ok) return false;
    const fresh = new DOMParser().parseFromString(await page.text(), "text/html").querySelector("#rate-form [name=csrfmiddlewaretoken]");
    if (fresh) form.elements.csrfmiddlewaretoken.value = fresh.value;
    return Boolean(fresh);
  }

  class Outbox {
    // `on` has: ahead(token) -> token shown next, answered(entry, status, text), waiting(offline or silent), signIn(url).
    constructor(form, on) {
      this.form = form;
      this.on = on;
      this.name = `outbox:${new URL(form.action).pathname}`;
      this.sending = false;
      this.tries = 0;
      this.entries = this.stored();
      window.addEventListener("online", () => this.pump());
    }

    has(token) { return this.entries.some((entry) => entry.token === token); }

    get empty() { return this.entries.length === 0; }

    put(entry) {
      if (this.has(entry.token)) return;
      this.entries.push(entry);
      write(this.name, [...this.stored(), entry]);
      this.pump();
    }

    // Other windows of the same campaign keep theirs in the same place; sending one twice changes nothing.
    stored() { return read(this.name, []); }

    take(entry) {
      this.entries = this.entries.filter((one) => one.token !== entry.token);
      const rest = this.stored().filter((one) => one.token !== entry.token);
      write(this.name, rest.length ? rest : null);
    }

    async pump() {
      if (this.sending || this.empty) return;
      this.sending = true;
      clearTimeout(this.timer);
      const entry = this.entries[0];
      try {
        await this.send(entry);
      } catch {
        this.again("offline");
      }
      this.sending = false;
      if (!this.empty && this.tries === 0) this.pump();
    }

    async send(entry) {
      const answer = await post(entry.url, [...new URLSearchParams(entry.body), ["ahead", this.on.ahead(entry.token)]], this.form);
      const text = await answer.text();
      const signIn = answer.headers.get("HX-Redirect");
      if (signIn) {
        for (const one of this.entries) {
          drafts.put(one.token, one.body);
          this.take(one);
        }
        this.on.signIn(signIn);
      } else if (answer.status === 403 && !entry.renewed && await renew(this.form)) {
        entry.renewed = true;
      } else if (answer.status >= 500 || answer.status === 429 || answer.type === "opaqueredirect") {
        this.again("silent");
      } else {
        this.tries = 0;
        this.take(entry);
        this.on.answered(entry, answer.status, text);
      }
    }

    again(reason) {
      this.tries += 1;
      this.on.waiting(reason);
      const pause = Math.min(30_000, 500 * 2 ** Math.min(this.tries, 6)) * (0.75 + Math.random() / 2);
      this.timer = setTimeout(() => this.pump(), pause);
    }
  }

  window.plumblineOutbox = { Outbox, drafts, post, read, write };
})();
