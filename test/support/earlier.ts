import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** As if so much time had gone by since all that is recorded in the state and its logs. */
export function moveBack(stateDir: string, milliseconds: number): void {
  const earlier = (time: string) => JSON.stringify(new Date(Date.parse(JSON.parse(time)) - milliseconds).toISOString());
  for (const name of readdirSync(stateDir, { recursive: true, encoding: "utf8" })) {
    if (name !== "state.json" && !name.endsWith(".jsonl")) continue;
    const file = join(stateDir, name);
    writeFileSync(file, readFileSync(file, "utf8").replaceAll(/"20\d\d-[\d-]+T[\d:.]+Z"/g, earlier));
  }
}
