/** The plugin folder: one version, one text, in all the places that agents look at. */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";
import { runIncr } from "../support/incr.ts";

const CHECKOUT = fileURLToPath(new URL("../../", import.meta.url));
const read = (file: string) => readFileSync(join(CHECKOUT, file), "utf8");
const names = ["bye.md", "hello.md", "log.md"];

test("has the version of the package", () => {
  expect(JSON.parse(read("plugin/.claude-plugin/plugin.json")).version).toBe(JSON.parse(read("package.json")).version);
});

test("gives its commands to those who work on this checkout too", () => {
  for (const folder of [".claude/commands", ".opencode/command"]) {
    expect(readdirSync(join(CHECKOUT, folder)).toSorted()).toEqual(names);
    for (const name of names) expect(read(`${folder}/${name}`)).toBe(read(`plugin/commands/${name}`));
  }
});

test.each([
  "commands/hello.md",
  "commands/log.md",
  "commands/bye.md",
  "skills/hello/SKILL.md",
  "skills/log/SKILL.md",
  "skills/bye/SKILL.md",
])("%s tells of commands that exist, and may run them", async (file) => {
  const text = read(`plugin/${file}`);
  const told = new Set([...text.matchAll(/\bincr (\w+)\b(?! is)/g)].map((match) => match[1] ?? ""));
  told.delete("hook");
  const allowed = /^allowed-tools: (.*)$/m.exec(text)?.[1] ?? "";
  for (const command of told) {
    expect(allowed).toContain(`Bash(incr ${command}:*)`);
    expect(await runIncr([command, "--help"])).toMatchObject({ code: 0 });
  }
  expect(text).toMatch(/```sh\nincr /);
});
