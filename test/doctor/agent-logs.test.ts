/** Logs of agent sessions go when they are old, by `doctor --fix`, and their records stay. */
import { existsSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openCrew } from "../agents/crew.ts";
import { waitFor } from "../support/wait.ts";

const DAY_S = 86_400;

test("of sessions that ended longer ago than agent.keep-logs says", async () => {
  const crew = await openCrew();
  const age = (file: string, days: number) => {
    const then = Date.now() / 1000 - days * DAY_S;
    utimesSync(file, then, then);
  };
  await crew.agent("claude", [{ say: "old" }]);
  const old = await crew.last();
  await crew.agent("claude", [{ say: "new" }]);
  const recent = await crew.last();
  const gate = join(crew.dir, "gate");
  const running = crew.startAgent("claude", [
    { run: `touch ${gate}.begun; while [ ! -e ${gate} ]; do sleep 0.05; done` },
  ]);
  await waitFor("the agent to begin", () => existsSync(`${gate}.begun`));
  const active = await crew.last();
  age(crew.logFile(old.id), 31);
  age(crew.logFile(recent.id), 29);
  age(crew.logFile(active.id), 31);

  expect(await crew.term.ok("incr doctor")).toContain("1 log of agent sessions that ended more than 30d ago");
  expect(existsSync(crew.logFile(old.id))).toBe(true);
  expect(await crew.term.ok("incr doctor --fix")).toContain("removed 1 log");
  expect([old, recent, active].map(({ id }) => existsSync(crew.logFile(id)))).toEqual([false, true, true]);
  expect(await crew.term.ok(`incr agent show ${old.id}`)).toContain("completed");
  writeFileSync(join(crew.root, "incr.toml"), '[agent]\nkeep-logs = "28d"\n');
  await crew.term.ok("incr doctor --fix");
  expect(existsSync(crew.logFile(recent.id))).toBe(false);
  writeFileSync(gate, "");
  await running.finished;
});
