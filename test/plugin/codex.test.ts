/** The journal inside the real codex. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { repoDesk } from "../journal/desk.ts";
import { LIMIT, openCodex } from "../agents/agent.ts";
import { expectContext, expectKnown, expectSession, expectSkills, NOTE, WORDS, writePast } from "./journal.ts";
import { obedient, startModel } from "../agents/model.ts";

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

async function open() {
  const desk = await repoDesk();
  const model = await startModel();
  model.conduct = obedient(WORDS);
  return { desk, model, codex: await openCodex(desk.repo, model) };
}

describe("incr install codex", LIMIT, () => {
  test("gives the skills hello, log and bye", async () => {
    const { desk, model, codex } = await open();
    await desk.ok(["install", "codex", "--yes"]);
    expect(await codex.say("$hello")).toMatch(/Session \S+ began on main/);
    expect(await codex.say(`$log ${NOTE}`)).toMatch(/Noted at /);
    expect(await codex.say("$bye")).toMatch(/Session \S+ is over/);
    expectSession(desk, "codex");
    expectSkills(model);
  });

  test("--user tells the journal and the model of each other, where the PATH has no incr too", async () => {
    const { desk, model, codex } = await open();
    codex.env["PATH"] = process.env["PATH"];
    await desk.ok(["install", "codex", "--user", "--yes"], { env: codex.env });
    await writePast(desk);
    await codex.say("Fix something");
    expectContext(model);
    await expectKnown(desk, "codex");
    for (const folder of [".codex", ".agents"]) expect(existsSync(join(desk.root, folder))).toBe(false);
  });
});

test("the plugin is installed from this checkout, as it is", LIMIT, async () => {
  const { desk, model, codex } = await open();
  await writePast(desk);
  expect(await codex.run(["plugin", "marketplace", "add", CHECKOUT])).toMatchObject({ code: 0 });
  expect(await codex.run(["plugin", "add", "incr@incr"])).toMatchObject({ code: 0 });
  for (const prompt of ["$incr:hello", `$incr:log ${NOTE}`, "$incr:bye"]) await codex.say(prompt);
  expectContext(model);
  expectSkills(model);
  expectSession(desk, "codex");
});
