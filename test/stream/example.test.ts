/** The worked example is what it says: a plan and tasks that pass every gate as they stand. */
import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { openDesk } from "./desk.ts";

const example = (file: string) => new URL(`../../examples/${file}`, import.meta.url).pathname;

test("the lines of its README can be typed, and find nothing wrong", async () => {
  const { term, read } = await openDesk();
  const lines =
    /```bash\n([^`]+)```/
      .exec(readFileSync(example("README.md"), "utf8"))?.[1]
      ?.trim()
      .split("\n") ?? [];
  expect(lines.length).toBeGreaterThan(4);
  await term.ok(`cp -r ${example(".")} examples`);
  for (const line of lines) await term.ok(line);
  expect(await term.json("work validate --json")).toEqual({
    stream: "001-password-reset",
    valid: true,
    plan: [],
    tasks: [],
  });
  expect(await term.ok("work check plan")).toMatch(/nothing is missing$/);
  const { agents } = await term.json("work agents --json");
  expect(agents.map(({ name, models }: any) => [name, models[0]])).toEqual([
    ["backend", "anthropic/claude-opus-4"],
    ["frontend", "openai/gpt-5:high"],
  ]);
  const { gates, tasks, threads } = await term.json("work status --json");
  expect([gates.plan.status, gates.tasks.status, tasks.pending, threads.length]).toEqual([
    "approved",
    "approved",
    9,
    4,
  ]);
  // Everybody whom a thread is given to is there.
  const names = new Set(agents.map(({ name }: any) => name));
  expect(threads.filter(({ agent }: any) => !names.has(agent))).toEqual([]);
  expect(read("001-password-reset/PLAN.md")).toBe(readFileSync(example("PLAN.md"), "utf8"));
});
