/** kill -9 at every step of every command: what was confirmed is there once, and the next command finishes what was begun. */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { plainDesk, type Desk } from "./desk.ts";
import { expectWhole } from "./whole.ts";

const POINTS = [
  ...[1, 2, 3, 4].flatMap((n) => [`store:after-temp:${n}`, `store:after-rename:${n}`]),
  "journal:after-state",
  "journal:after-log",
  "journal:after-spool",
  "journal:after-report",
  "journal:in-history",
  "journal:after-sessions",
];

/** Two notes in a session that was left alone, so that the next command closes it. */
async function abandoned(): Promise<Desk> {
  const desk = plainDesk();
  await desk.at("09:00").prepare(["log", "one"]);
  await desk.at("09:10").prepare(["log", "two"]);
  return desk;
}

describe.each(POINTS)("killed at %s", (point) => {
  const env = { INCR_FAULT: point };

  test("log", async () => {
    const desk = plainDesk();
    await desk.at("09:00").prepare(["log", "one"]);
    await desk.at("09:01").run(["log", "two"], { env });
    await desk.at("09:02").ok(["log", "three"]);
    expectWhole(desk, { confirmed: ["one", "three"], attempted: ["two"] });
  });

  test("log that closes a session", async () => {
    const desk = await abandoned();
    await desk.at("11:00").run(["log", "three"], { env });
    await desk.at("11:01").ok(["log", "four"]);
    expectWhole(desk, { confirmed: ["one", "two", "four"], attempted: ["three"] });
    expect(desk.report("2026-01-07-T0900")).toMatchObject({ ended: "2026-01-07T09:10:00Z" });
  });

  test("hello that closes a session", async () => {
    const desk = await abandoned();
    await desk.at("11:00").run(["hello"], { env });
    const { session, last_session } = await desk.at("11:01").json(["hello"]);
    expect(last_session.id).toBe("2026-01-07-T0900");
    expect(session.started).toMatch(/T11:0[01]:00Z$/);
    expectWhole(desk, { confirmed: ["one", "two"] });
  });

  test("bye, and bye again", async () => {
    const desk = await abandoned();
    await desk.at("09:20").run(["bye", "--summary", "Done", "--todo", "next"], { env });
    const again = await desk.at("09:21").run(["bye", "--summary", "Done", "--todo", "next"]);
    // It finds nothing open only if the first one was through
    if (again.code !== 0) expect(again.stderr).toContain("no journal session is open");
    if (point === "journal:after-state") expect(again.stdout).toContain("Session 2026-01-07-T0900 is over: 20m");
    expectWhole(desk, { confirmed: ["one", "two"] });
    expect(desk.state()).toMatchObject({
      current_session: null,
      last_session: { id: "2026-01-07-T0900", summary: "Done" },
      pending_todos: ["next"],
    });
  });
});

type Step =
  | { do: "log" | "bye" | "hello" | "prompt"; minutes: number; point: string | null }
  | { do: "two"; minutes: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.record({
      do: fc.constantFrom("log" as const, "log" as const, "bye" as const, "hello" as const, "prompt" as const),
      minutes: fc.constantFrom(0, 1, 10, 31),
      point: fc.oneof(
        { weight: 2, arbitrary: fc.constant(null) },
        { weight: 1, arbitrary: fc.constantFrom(...POINTS, "journal:spooled") },
      ),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant("two" as const), minutes: fc.constantFrom(0, 31) }) },
);

test(
  "whatever is done and killed in whatever order, every confirmed note is there once",
  { timeout: 300_000 },
  async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 3, maxLength: 12 }), async (steps) => {
        const desk = plainDesk();
        const confirmed: string[] = [];
        const attempted: string[] = [];
        let now = Date.parse("2026-01-07T09:00:00Z");
        const note = async (text: string, env: Record<string, string>) => {
          const { code } = await desk.run(["log", text], { env });
          (code === 0 ? confirmed : attempted).push(text);
        };
        for (const [index, each] of steps.entries()) {
          now += each.minutes * 60_000;
          desk.at(new Date(now).toISOString());
          if (each.do === "two") {
            await Promise.all([note(`note ${index} a`, {}), note(`note ${index} b`, {})]);
            continue;
          }
          const env: Record<string, string> = each.point === null ? {} : { INCR_FAULT: each.point };
          if (each.do === "log") await note(`note ${index}`, env);
          else if (each.do === "prompt") await desk.run(["hook", "user-prompt"], { env, input: '{"session_id":"s1"}' });
          else await desk.run([each.do], { env });
        }
        await desk.ok(["hello"]);
        expectWhole(desk, { confirmed, attempted });
      }),
      { numRuns: Number(process.env["PROPERTY_RUNS"] ?? 12) },
    );
  },
);
