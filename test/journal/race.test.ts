/** Many at once. */
import { expect, test } from "vitest";
import { plainDesk, repoDesk } from "./desk.ts";
import { expectWhole } from "./whole.ts";

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

test("32 logs at once: every note is there, in one session", { timeout: 120_000 }, async () => {
  const desk = await repoDesk();
  desk.at("14:30");
  const notes = numbers(32).map((n) => `note ${n}`);
  const ended = await Promise.all(notes.map((note) => desk.run(["log", note])));
  expect(ended.map(({ code }) => code)).toEqual(notes.map(() => 0));
  expect(ended.filter(({ stdout }) => stdout.includes("began with this note"))).toHaveLength(1);
  expect(desk.list(".work-shell/sessions")).toEqual([]);
  expectWhole(desk, { confirmed: notes });
});

test("8 hellos at once begin one session", async () => {
  const desk = plainDesk();
  desk.at("14:30");
  const greetings = await Promise.all(numbers(8).map(() => desk.json(["hello"])));
  expect(greetings.filter(({ is_new: isNew }) => isNew)).toHaveLength(1);
  expect(new Set(greetings.map(({ session }) => session.id))).toEqual(new Set(["2026-01-07-T1430"]));
});

test("8 hellos at once close what was left alone once", async () => {
  const desk = await repoDesk();
  await desk.at("09:00").ok(["log", "note"]);
  desk.at("14:30");
  const greetings = await Promise.all(numbers(8).map(() => desk.json(["hello"])));
  expect(greetings.flatMap(({ closed }) => closed)).toMatchObject([{ id: "2026-01-07-T0900" }]);
  expectWhole(desk, { confirmed: ["note"] });
});

test("logs against byes: every note is in one session, and every session ends once", { timeout: 120_000 }, async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["hello"]);
  const notes = numbers(12).map((n) => `note ${n}`);
  const ended = await Promise.all(
    notes.flatMap((note, n) => [desk.run(["log", note]), ...(n % 3 === 0 ? [desk.run(["bye"])] : [])]),
  );
  expect(ended.filter(({ code, stderr }) => code !== 0 && !stderr.includes("no journal session is open"))).toEqual([]);
  await desk.run(["bye"]);
  expectWhole(desk, { confirmed: notes });
});

test("hooks against logs: every prompt is counted once", { timeout: 120_000 }, async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  const prompt = () => desk.run(["hook", "user-prompt"], { input: JSON.stringify({ session_id: "s1", prompt: "go" }) });
  const notes = numbers(8).map((n) => `note ${n}`);
  const ended = await Promise.all([...numbers(16).map(prompt), ...notes.map((note) => desk.run(["log", note]))]);
  expect(ended.map(({ code }) => code)).toEqual(ended.map(() => 0));
  await desk.ok(["hello"]);
  const agent = desk.state().current_session.participants.find(({ kind }: any) => kind === "agent");
  expect(agent).toMatchObject({ agent_session: "s1", prompts: 16 });
  expectWhole(desk, { confirmed: notes });
});

test("byes that commit, at once with logs in worktrees", { timeout: 120_000 }, async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["log", "begin"]);
  desk.write(".work-shell/config.yaml", "git: { auto_commit: true }\n");
  await Promise.all(numbers(6).flatMap((n) => [desk.run(["log", `note ${n}`]), desk.run(["bye"])]));
  await desk.run(["bye"]);
  expectWhole(desk, { confirmed: ["begin", ...numbers(6).map((n) => `note ${n}`)] });
  expect(await desk.repo.git(["status", "--porcelain"])).toBe("?? .work-shell/config.yaml");
  expect(await desk.repo.git(["fsck", "--strict"])).toBe("");
});
