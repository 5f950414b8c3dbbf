/** What the small programs in place of agents do: the n-th time that something is asked, the n-th deed for it, which stands in the file $JOB_CONDUCT. */
import { appendFileSync, existsSync, readFileSync } from "node:fs";
import { kindOf } from "./conduct.mjs";

export function stepsFor(prompt) {
  const { kind } = kindOf(prompt);
  const file = process.env.JOB_CONDUCT;
  const deeds = [JSON.parse(readFileSync(file, "utf8"))[kind]].flat();
  const times = existsSync(`${file}.${kind}`) ? readFileSync(`${file}.${kind}`, "utf8").length : 0;
  appendFileSync(`${file}.${kind}`, "x");
  const deed = deeds[Math.min(times, deeds.length - 1)];
  if (deed === undefined) throw new Error(`nobody knows what to do when asked: ${prompt}`);
  return typeof deed === "string" ? [{ run: deed }, { usage: [10, 2, 0.25] }, { say: "Done." }] : deed.steps;
}
