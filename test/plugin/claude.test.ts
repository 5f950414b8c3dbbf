/** The journal inside the real Claude Code. */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { repoDesk } from "../journal/desk.ts";
import { LIMIT, openClaude } from "../agents/agent.ts";
import { expectContext, expectKnown, expectSession, expectSkills, NOTE, WORDS, writePast } from "./journal.ts";
import { obedient, startModel } from "../agents/model.ts";

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));

async function open() {
  const desk = await repoDesk();
  const model = await startModel();
  model.conduct = obedient(WORDS);
  return { desk, model, claude: await openClaude(desk.repo, model) };
}

describe("incr install claude", LIMIT, () => {
  test("gives /hello, /log and /bye, which ask for no permission", async () => {
    const { desk, model, claude } = await open();
    await desk.ok(["install", "claude", "--yes"]);
    expect(await claude.say("/hello")).toMatch(/Session \S+ began on main/);
    expect(await claude.say(`/log ${NOTE}`)).toMatch(/^Noted at /);
    expect(await claude.say("/bye")).toMatch(/Session \S+ is over/);
    expectSession(desk, "claude");
    expectSkills(model);
  });

  test("--user tells the journal and the model of each other, where the PATH has no incr too", async () => {
    const { desk, model, claude } = await open();
    claude.env["PATH"] = process.env["PATH"];
    await desk.ok(["install", "claude", "--user", "--yes"], { env: claude.env });
    await writePast(desk);
    await claude.say("Fix something");
    expectContext(model);
    await expectKnown(desk, "claude");
    expect(existsSync(join(desk.root, ".claude"))).toBe(false);
  });

  test("lets Claude Code do its work in a repository without a journal, and leaves none there", async () => {
    const { desk, claude } = await open();
    await desk.ok(["install", "claude", "--yes"]);
    expect(await claude.say("Fix something")).toBe("There is nothing to run.\n");
    expect(existsSync(join(desk.root, ".work-shell"))).toBe(false);
  });
});

describe("the plugin", LIMIT, () => {
  test.each([CHECKOUT, join(CHECKOUT, "plugin")])("%s is valid, strictly", async (folder) => {
    const { claude } = await open();
    const { code, stdout, stderr } = await claude.run(["plugin", "validate", folder, "--strict", "--json"]);
    expect(code, stdout + stderr).toBe(0);
  });

  test("is installed from this checkout, as it is", async () => {
    const { desk, model, claude } = await open();
    await writePast(desk);
    await claude.run(["plugin", "marketplace", "add", CHECKOUT]);
    expect(await claude.run(["plugin", "install", "incr@incr"])).toMatchObject({ code: 0 });
    for (const prompt of ["/incr:hello", `/incr:log ${NOTE}`, "/incr:bye"]) await claude.say(prompt);
    expectContext(model);
    expectSkills(model);
    expectSession(desk, "claude");
  });
});
