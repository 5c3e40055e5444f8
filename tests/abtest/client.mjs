// Compares the reference client with the server's vectors; prints what differs, as JSON.
import { readFileSync } from "node:fs";

const [, , client, vectors] = process.argv;
const { assign, chosen, number } = await import(client);
const wrong = [];
for (const one of JSON.parse(readFileSync(vectors, "utf8")).experiments) {
  const { parameters, segment } = one;
  for (const [unit, drawn] of one.numbers) {
    if ((await number(parameters.salt, "arm", unit)) !== drawn) wrong.push([parameters.key, "number", unit]);
  }
  for (const [unit, arm] of one.arms) {
    const found = await assign(parameters, unit, segment);
    if ((found?.key ?? null) !== arm) wrong.push([parameters.key, "arm", unit]);
  }
  for (const [conversation, turn, said] of one.chosen) {
    if ((await chosen(parameters, conversation, turn)) !== said) wrong.push([parameters.key, "chosen", conversation]);
  }
  if (Object.keys(segment).length && (await assign({ ...parameters, ramp: 100 }, "u", { locale: "fr" })) !== null) {
    wrong.push([parameters.key, "eligible"]);
  }
}
console.log(JSON.stringify(wrong));
