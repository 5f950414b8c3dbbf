/** The journal inside the real opencode. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { repoDesk } from "../journal/desk.ts";
import { LIMIT, openOpencode } from "../agents/agent.ts";
import { expectContext, expectKnown, expectSession, expectSkills, NOTE, WORDS, writePast } from "./journal.ts";
import { obedient, startModel } from "../agents/model.ts";

async function open() {
  const desk = await repoDesk();
  const model = await startModel();
  model.conduct = obedient(WORDS);
  return { desk, model, opencode: await openOpencode(desk.repo, model) };
}

describe("incr install opencode", LIMIT, () => {
  test("gives /hello, /log and /bye", async () => {
    const { desk, model, opencode } = await open();
    await desk.ok(["install", "opencode", "--yes"]);
    expect(await opencode.say("/hello")).toMatch(/Session \S+ began on main/);
    expect(await opencode.say(`/log ${NOTE}`)).toMatch(/Noted at /);
    expect(await opencode.say("/bye")).toMatch(/Session \S+ is over/);
    expectSession(desk, "opencode");
    expectSkills(model);
  });

  test("--user tells the journal and the model of each other, where the PATH has no incr too", async () => {
    const { desk, model, opencode } = await open();
    opencode.env["PATH"] = process.env["PATH"];
    await desk.ok(["install", "opencode", "--user", "--yes"], { env: opencode.env });
    await writePast(desk);
    await opencode.say("Fix something");
    expectContext(model);
    await expectKnown(desk, "opencode");
    expect(existsSync(join(desk.root, ".opencode"))).toBe(false);
  });
});
