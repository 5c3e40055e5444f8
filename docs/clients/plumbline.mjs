// Plumbline's reference client: assign units without asking, send what happened. Node 20 or newer or a browser, no packages.

export async function number(salt, purpose, unit) {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${salt}:${purpose}:${unit}`));
  return new DataView(digest).getUint32(0);
}

// Both sides stay below 2 ** 53, where numbers are exact.
export const under = (drawn, share) => drawn * 1_000_000 < share * 2 ** 32;

// The arm of this unit (with `key` and `bundle`), or null: it takes no part, and gets what everybody else gets.
export async function assign(parameters, unit, segment = {}) {
  const { salt, ramp, arms, eligibility } = parameters;
  const eligible = Object.entries(eligibility).every(([name, values]) => values.includes(segment[name]));
  if (!eligible || !under(await number(salt, "ramp", unit), ramp * 10_000)) return null;
  const drawn = await number(salt, "arm", unit);
  let upto = 0;
  return arms.find((arm) => under(drawn, (upto += arm.share))) ?? null;
}

// Whether to send this turn of a unit that takes part as an event of kind `turn`, with its messages.
export async function chosen(parameters, conversation, turn) {
  return under(await number(parameters.salt, "label", `${conversation}:${turn}`), parameters.label_share);
}

export const event = (kind, said = {}) => ({
  event_id: crypto.randomUUID(), at: new Date().toISOString(), kind, ...said,
});

export class Client {
  constructor(address, token) {
    Object.assign(this, { address: address.replace(/\/+$/, ""), token, held: new Map() });
  }

  // The experiment's parameters, at most so many seconds old.
  async parameters(key, seconds = 300) {
    const held = this.held.get(key);
    if (held && Date.now() - held.at <= seconds * 1000) return held.said;
    const said = await this.ask(`/api/v1/experiments/${key}/parameters/`);
    this.held.set(key, { at: Date.now(), said });
    return said;
  }

  // Send up to 10,000 events; when it fails send the same list again: nothing is counted twice.
  async send(events) {
    const body = events.map((one) => JSON.stringify(one)).join("\n");
    const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(body)));
    const key = Array.from(digest, (byte) => byte.toString(16).padStart(2, "0")).join("");
    const headers = { "Content-Type": "application/x-ndjson", "Idempotency-Key": key };
    return this.ask("/api/v1/feedback/", { method: "POST", body, headers });
  }

  async ask(path, { headers = {}, ...more } = {}) {
    const answer = await fetch(this.address + path, { ...more, headers: { Authorization: `Bearer ${this.token}`, ...headers } });
    if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
    return answer.json();
  }
}
