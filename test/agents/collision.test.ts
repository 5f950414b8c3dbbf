/** Several opencodes that start at the same moment get in each other's way while they set up their database: nothing is lost by starting one of them again. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { findHarness } from "../../src/agents/harnesses.ts";
import { makeConversation, moveConversation } from "../../src/agents/opencode-store.ts";
import { openStreamCrew } from "../stream/crew.ts";
import { waitFor } from "../support/wait.ts";
import { commandLines, HARNESSES, openCrew } from "./crew.ts";

const LOCKED = "another opencode seems to be at work on its database (database is locked)";

const recorded = (what: string): string[] =>
  readFileSync(new URL(`recorded/${what}.txt`, import.meta.url), "utf8")
    .trimEnd()
    .split("\n")
    .map((line) => line.slice(4));
const log = (rest: string) => `timestamp=2026-01-07T14:30:00.000Z level=INFO run=1 ${rest}`;
const unexpected = (...lines: string[]) => ["Error: Unexpected error", "", ...lines];

test.each<[string, string[], string | null]>([
  ["a lock, as recorded", recorded("opencode-locked"), "database is locked"],
  ["a table that another makes, as recorded", recorded("opencode-migration"), "CREATE TABLE `workspace`"],
  [
    "a change of a table",
    unexpected("Failed query: ", "ALTER TABLE `session` ADD `cost` real;"),
    "ALTER TABLE `session` ADD `cost` real;",
  ],
  [
    "a note of what was done",
    unexpected('Failed query: INSERT INTO "migration" (id) VALUES (?)'),
    'INSERT INTO "migration" (id) VALUES (?)',
  ],
  [
    "the words of other versions",
    ["Error: Unexpected error, check log file at /x", "", "Failed to run the query 'PRAGMA journal_mode = WAL'"],
    "PRAGMA journal_mode = WAL",
  ],
  ["a table that is there by now", unexpected("table `project` already exists"), "table `project` already exists"],
  ["a column that is there by now", unexpected("duplicate column name: cost"), "duplicate column name: cost"],
  ["a code", ["SQLiteError: SQLITE_BUSY"], "SQLiteError: SQLITE_BUSY"],
  ["nothing", [], null],
  ["an error without a cause", unexpected(), null],
  ["a database of another version", unexpected("Database is not empty and has no session table"), null],
  ["a query of its work", unexpected("Failed query: ", "select `id` from `session`"), null],
  ["a conversation that it does not know", recorded("opencode-stale"), null],
  ["a usage limit", recorded("opencode-lim"), null],
  [
    "a lock after it has opened its database",
    [log('message="event connected"'), ...unexpected("database is locked")],
    null,
  ],
  [
    "a lock in the middle of a conversation",
    [log("message=loop session.id=ses_a step=0"), ...unexpected("database is locked")],
    null,
  ],
  ["a lock of which a tool told", ['{"type":"tool_use","sessionID":"ses_a"}', "database is locked"], null],
])("a collision of opencodes is told by what one prints: %s", (_, printed, cause) => {
  const words = cause === null ? null : `another opencode seems to be at work on its database (${cause})`;
  expect(findHarness("opencode").findCollision(printed)).toBe(words);
});

test.each(HARNESSES.filter((name) => name !== "opencode"))("%s has no such collisions", (name) => {
  expect(findHarness(name).findCollision(recorded("opencode-locked"))).toBeNull();
});

/** Until so many have collided in that crew. */
const colliding = (times: number, more = {}) => ({ env: { FAKE_AGENT_COLLISIONS: String(times), ...more } });

describe("an opencode that another kept from beginning", () => {
  test("is started again, as the same session", async () => {
    const crew = await openCrew();
    const { code, stdout, stderr } = await crew.agent("opencode", [{ say: "Done it" }], "", colliding(1));
    const record = await crew.last();
    expect({ code, stdout }).toEqual({ code: 0, stdout: "Done it\n" });
    expect(stderr).toContain(`opencode is started again for agent session ${record.id}: ${LOCKED}\n`);
    expect(await crew.agents()).toMatchObject([{ status: "completed", runs: 1, model: "fake/big", exit_code: 0 }]);
    const [first, second] = crew.starts();
    expect({ ...first, prompt: second?.prompt, pid: second?.pid }).toEqual(second);
    expect(record.process.child_pid).toBe(second?.pid);
    expect(crew.events(record.id).filter(({ type }) => type !== "closing")).toMatchObject([
      { type: "started", resumed: false },
      { type: "error", message: "Unexpected error" },
      { type: "output", text: "database is locked" },
      { type: "restarting", message: LOCKED },
      { type: "started", resumed: false },
      { type: "conversation", agent_session_id: record.agent_session_id },
      { type: "model" },
      { type: "text", text: "Done it" },
      { type: "usage" },
      { type: "finished", ok: true },
      { type: "ended", status: "completed" },
    ]);
    expect(await crew.term.ok(`incr agent logs ${record.id}`)).toContain(`\n· starting it again: ${LOCKED}\n`);

    const resumed = await crew.term.run(`incr agent resume ${record.id} '@[{"say":"And more"}]'`, colliding(2));
    expect(resumed).toMatchObject({ code: 0, stdout: "And more\n" });
    const words = crew
      .starts()
      .slice(2)
      .map(({ args }) => args.slice(args.indexOf("--session")).slice(0, 2));
    expect(words).toEqual(Array.from({ length: 2 }, () => ["--session", record.agent_session_id]));
    expect(await crew.agents()).toMatchObject([{ status: "completed", runs: 2 }]);
  });

  test("fails with the reason if it is kept from that again and again", async () => {
    const crew = await openCrew();
    const { code, stderr } = await crew.agent("opencode", [], "--in-place", colliding(99));
    const message = `${LOCKED}: it could not begin in 3 starts`;
    expect({ code, starts: crew.starts().length }).toEqual({ code: 1, starts: 3 });
    expect(stderr).toContain(message);
    expect(await crew.last()).toMatchObject({
      status: "failed",
      reason: "error",
      message,
      exit_code: 1,
      agent_session_id: null,
    });
  });

  test("is not started again once it is told to stop", async () => {
    const crew = await openCrew();
    const gate = join(crew.dir, "gate");
    const env = { FAKE_AGENT_COLLISIONS: "99", INCR_FAULT_PAUSE: `agent:restarting=${gate}` };
    const running = crew.term.start("incr agent run --harness opencode hi", { env });
    await waitFor("its first end", () => existsSync(`${gate}.reached`));
    running.kill("SIGINT");
    writeFileSync(gate, "");
    expect((await running.finished).code).toBe(130);
    const record = await crew.last();
    expect(record).toMatchObject({ status: "killed", reason: "interrupt" });
    expect(crew.events(record.id).slice(-3)).toMatchObject([
      { type: "restarting" },
      { type: "stopping", reason: "interrupt" },
      { type: "ended", status: "killed" },
    ]);
    expect(crew.starts().length).toBe(1);
    expect(commandLines().filter((line) => line.includes(crew.agentHome))).toEqual([]);
    expect(crew.workspace()).toMatchObject({ status: "available" });
  });

  test("is not started again once it is killed, and those beside it go on", async () => {
    const crew = await openStreamCrew();
    for (const thread of ["01.01.01", "01.01.02"]) crew.script(thread, [{ say: "ok" }]);
    const gate = join(crew.dir, "gate");
    const env = { FAKE_AGENT_COLLISIONS: "1", INCR_FAULT_PAUSE: `agent:restarting=${gate}` };
    const running = crew.term.start("work multi --batch 1.1 --harness opencode", { env });
    await waitFor("the end of one", () => existsSync(`${gate}.reached`));
    const sessions = () => Object.values<any>(crew.state().opencode_sessions);
    const isBetween = ({ id }: any) =>
      existsSync(crew.logFile(id)) && crew.events(id).some(({ type }) => type === "restarting");
    const { id, thread_id } = sessions().find(isBetween);
    const killing = crew.term.start(`incr agent kill ${id}`);
    await waitFor("the wish", () => sessions().some((one) => one.stop_requested_at !== undefined));
    writeFileSync(gate, "");
    expect((await killing.finished).code).toBe(0);
    expect((await running.finished).code).toBe(1);
    const outcomes = ["01.01.01", "01.01.02"].map((thread) => crew.records(thread)[0].status);
    expect(outcomes).toEqual(thread_id === "01.01.01" ? ["interrupted", "completed"] : ["completed", "interrupted"]);
    expect((await crew.agents()).find((one) => one.id === id)).toMatchObject({ status: "killed", reason: "kill" });
    expect(crew.starts().length).toBe(2);
  });

  test("has no more time than one that begins at once", async () => {
    const crew = await openCrew();
    await crew.agent("opencode", [], "--in-place --time-limit 1s", colliding(99));
    expect(await crew.last()).toMatchObject({ status: "killed", reason: "time_limit" });
    expect(crew.starts().length).toBeLessThan(3);
  });
});

test("an opencode that found its database locked after its conversation had begun is not started again", async () => {
  const crew = await openCrew();
  const steps = [{ err: "Error: Unexpected error" }, { err: "" }, { err: "database is locked" }, { exit: 1 }];
  const { code } = await crew.agent("opencode", steps, "--in-place");
  expect({ code, starts: crew.starts().length }).toEqual({ code: 1, starts: 1 });
  expect(await crew.last()).toMatchObject({ status: "failed", message: "Unexpected error" });
});

test("what is asked of opencode's conversations is asked again", async () => {
  const crew = await openCrew();
  const place = (collisions: number) => ({
    cwd: crew.root,
    env: { ...process.env, ...crew.term.env, FAKE_AGENT_COLLISIONS: String(collisions) },
    now: () => new Date(),
  });
  const id = await makeConversation("opencode", "0".repeat(32), place(1));
  await moveConversation("opencode", id, place(2));
  expect(crew.starts().map(({ args }) => args[0])).toEqual(["import", "import", "export", "export", "import"]);
});
