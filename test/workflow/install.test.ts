/** `incr install skill` and `incr uninstall skill`. */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { skillFiles } from "../../scripts/skill.mjs";
import { planInstall, planUninstall, type Manifest } from "../../src/domain/install.ts";
import { openInstallFolder } from "../../src/install/folder.ts";
import {
  install,
  planInstallation,
  planUninstallation,
  uninstall,
  type InstallTarget,
} from "../../src/usecases/install/install.ts";
import { testTool } from "../../scripts/test-tools.mjs";
import { runProcess } from "../support/process.ts";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { openPane } from "../support/tmux.ts";

const SKILL = ".claude/skills/session";
const FILES = [
  "SKILL.md",
  "package.json",
  "scripts/get.ts",
  "scripts/lib/session.mjs",
  "scripts/reset.ts",
  "scripts/save.ts",
  "scripts/set.ts",
  ".installed.json",
];

async function open(): Promise<{ repo: TestRepo; term: Terminal }> {
  const repo = await makeRepo();
  return { repo, term: openTerminal(repo) };
}

const lines = (action: string, files: readonly string[] = FILES) =>
  files.map((file) => `${action}   ${SKILL}/${file}`).join("\n");

describe("incr install skill", () => {
  test("asks at a terminal, unless it is told not to", async () => {
    const { repo, term } = await open();
    const pane = await openPane(["bash", "--norc"], { cwd: repo.root, env: { ...term.env, PS1: "$ " } });
    await pane.enter("incr install skill; echo $?");
    await pane.see("Write this here?");
    expect(existsSync(join(repo.root, ".claude"))).toBe(false);
    await pane.press("Enter");
    await pane.see(/not installed, nothing was changed\n1$/m);
    expect(existsSync(join(repo.root, ".claude"))).toBe(false);
    await pane.enter("clear; incr install skill --yes; echo $?");
    await pane.see(/create {3}\S+\/\.installed\.json\n0$/m);
    expect(existsSync(join(repo.root, SKILL, "SKILL.md"))).toBe(true);
  });

  test("shows what it writes, writes it, and has nothing to do the second time", async () => {
    const { repo, term } = await open();
    expect(await term.ok("incr install skill --dry-run")).toBe(lines("create"));
    expect(await repo.git(["status", "--porcelain"])).toBe("");
    expect(await term.ok("incr install skill")).toBe(lines("create"));
    expect((await repo.git(["status", "--porcelain", "-uall"])).split("\n").toSorted()).toEqual(
      FILES.map((file) => `?? ${SKILL}/${file}`).toSorted(),
    );
    const before = readdirSync(join(repo.root, SKILL), { recursive: true });
    expect(await term.ok("incr install skill")).toBe("the session skill is in place already");
    expect(readdirSync(join(repo.root, SKILL), { recursive: true })).toEqual(before);
    expect(await term.json("incr install skill --json")).toMatchObject({
      target: "skill",
      root: repo.root,
      changes: false,
    });
  });

  test(
    "gives scripts that run with bun and with Node 22, in a repository of any package type",
    { timeout: 300_000 },
    async () => {
      const { repo, term } = await open();
      for (const type of ["commonjs", "module", undefined]) {
        await repo.write("package.json", JSON.stringify({ type }));
        await term.ok("incr install skill --force");
        for (const call of [[await testTool("bun"), "run"], [await testTool("node22")]]) {
          const [file, ...args] = [...call, `${SKILL}/scripts/set.ts`, "workflow:pr", "init"];
          const { code, stdout, stderr } = await runProcess(file, args, { cwd: repo.root });
          expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
          expect(stdout).toMatch(/^\{"step":"init","context":\{\},/);
        }
        expect(await term.ok("incr workflow get workflow:pr")).toMatch(/^\{"step":"init"/);
        await term.ok("incr workflow reset workflow:pr");
      }
    },
  );

  test("takes no file from its owner, unless told to", async () => {
    const { repo, term } = await open();
    await repo.write(`${SKILL}/SKILL.md`, "mine\n");
    await repo.write(`${SKILL}/scripts/get.ts`, "// mine\n");
    expect(await term.fails(5, "incr install skill")).toBe(
      `error: ${SKILL}/SKILL.md and 1 more are in the way: not from incr, or changed since\nhint: incr install skill --force\n`,
    );
    expect(await repo.read(`${SKILL}/SKILL.md`)).toBe("mine\n");
    expect(existsSync(join(repo.root, SKILL, "package.json"))).toBe(false);
    expect(await term.ok("incr install skill --force")).toContain(`update   ${SKILL}/SKILL.md\n`);
    expect(await repo.read(`${SKILL}/SKILL.md`)).toMatch(/^---\nname: session\n/);
  });

  test("brings files of another version up to date, and removes those that are no more", async () => {
    const { repo, term } = await open();
    await term.ok("incr install skill");
    const manifestPath = `${SKILL}/.installed.json`;
    const folder = openInstallFolder(repo.root);
    await repo.write(`${SKILL}/scripts/get.ts`, "// older\n");
    await repo.write(`${SKILL}/scripts/gone.ts`, "// dropped\n");
    const manifest = JSON.parse(await repo.read(manifestPath)) as Manifest;
    manifest.files[`${SKILL}/scripts/get.ts`] = folder.hash("// older\n");
    manifest.files[`${SKILL}/scripts/gone.ts`] = folder.hash("// dropped\n");
    await repo.write(manifestPath, JSON.stringify(manifest));
    expect((await term.ok("incr install skill")).split("\n")).toEqual([
      `update   ${SKILL}/scripts/get.ts`,
      `remove   ${SKILL}/scripts/gone.ts`,
      `update   ${manifestPath}`,
    ]);
    expect(existsSync(join(repo.root, SKILL, "scripts/gone.ts"))).toBe(false);
    expect(await term.ok("incr install skill")).toBe("the session skill is in place already");
  });

  test("writes into the checkout that one stands in, from any folder of it, and without a repository right here", async () => {
    const { repo, term } = await open();
    await repo.git(["worktree", "add", "--quiet", "../linked"]);
    const linked = join(repo.dir, "linked");
    mkdirSync(join(linked, "deep"));
    await term.in(join(linked, "deep")).ok("incr install skill");
    expect(existsSync(join(linked, SKILL, "SKILL.md"))).toBe(true);
    expect(existsSync(join(repo.root, SKILL))).toBe(false);
    const folder = makeTempDir();
    await term.in(folder).ok("incr install skill");
    expect(readdirSync(folder)).toEqual([".claude"]);
  });

  test("does not guess when its note of what it wrote is damaged", async () => {
    const { repo, term } = await open();
    await term.ok("incr install skill");
    await repo.write(
      `${SKILL}/.installed.json`,
      '{"files":{"../../../etc/passwd":"sha256:0"},"folders":[],"version":"1"}',
    );
    for (const command of ["install", "uninstall"])
      expect(await term.fails(1, `incr ${command} skill`)).toMatch(/^error: .*\.installed\.json does not say/);
    expect(existsSync(join(repo.root, SKILL, "SKILL.md"))).toBe(true);
  });
});

describe("incr uninstall skill", () => {
  test("removes exactly what was put there", async () => {
    const { repo, term } = await open();
    await repo.write(".claude/settings.json", "{}\n");
    await term.ok("incr install skill");
    await term.ok("incr workflow set w init");
    expect(await term.ok("incr uninstall skill --dry-run")).toBe(lines("remove"));
    expect(await term.ok("incr uninstall skill")).toBe(lines("remove"));
    expect(readdirSync(join(repo.root, ".claude"), { recursive: true })).toEqual(["settings.json"]);
    expect(await term.ok("incr workflow get w")).toMatch(/^\{"step":"init"/);
    expect(await term.ok("incr uninstall skill")).toBe("the session skill is not installed");
  });

  test("leaves what the user has changed or added, and says so", async () => {
    const { repo, term } = await open();
    await term.ok("incr install skill");
    await repo.write(`${SKILL}/SKILL.md`, "changed\n");
    await repo.write(`${SKILL}/scripts/own.ts`, "added\n");
    rmSync(join(repo.root, SKILL, "scripts/set.ts"));
    const { stdout, stderr } = await term.run("incr uninstall skill");
    expect(stdout.split("\n")[0]).toBe(`foreign  ${SKILL}/SKILL.md`);
    expect(stderr).toBe(`${SKILL}/SKILL.md was changed since it was installed, so it stays\n`);
    expect(readdirSync(join(repo.root, SKILL), { recursive: true }).map(String).toSorted()).toEqual([
      "SKILL.md",
      "scripts",
      "scripts/own.ts",
    ]);
  });

  test("leaves an empty folder as it found it", async () => {
    const folder = makeTempDir();
    mkdirSync(join(folder, ".claude"));
    const { term } = await open();
    await term.in(folder).ok("incr install skill");
    await term.in(folder).ok("incr uninstall skill");
    expect(readdirSync(folder, { recursive: true })).toEqual([".claude"]);
  });
});

describe("a plan", () => {
  const hashAt = (present: Record<string, string>) => (path: string) => present[path] ?? null;
  const manifest = (files: Record<string, string>): Manifest => ({ version: "1", files, folders: [] });

  test.each<[string, Record<string, string>, Record<string, string> | null, Record<string, string>, string, string?]>([
    ["nothing there", { a: "1" }, null, {}, "create a"],
    ["as it should be", { a: "1" }, { a: "1" }, { a: "1" }, "unchanged a"],
    ["put there by hand, the same", { a: "1" }, null, { a: "1" }, "unchanged a"],
    ["ours, of before", { a: "2" }, { a: "1" }, { a: "1" }, "update a"],
    ["ours, changed", { a: "2" }, { a: "1" }, { a: "x" }, "foreign a", "update a"],
    ["ours, removed", { a: "2" }, { a: "1" }, {}, "create a"],
    ["somebody's", { a: "1" }, null, { a: "x" }, "foreign a", "update a"],
    ["wanted no more", {}, { a: "1" }, { a: "1" }, "remove a"],
    ["wanted no more, changed", {}, { a: "1" }, { a: "x" }, "foreign a"],
    ["wanted no more, gone", {}, { a: "1" }, {}, ""],
  ])("for a file that is %s", (_, wanted, before, present, plain, forced = plain) => {
    const plan = (force: boolean) =>
      planInstall(new Map(Object.entries(wanted)), before === null ? null : manifest(before), hashAt(present), {
        force,
      })
        .map(({ path, action }) => `${action} ${path}`)
        .join();
    expect([plan(false), plan(true)]).toEqual([plain, forced]);
  });

  test("for taking out: what is as it was goes, what was changed stays", () => {
    expect(planUninstall(manifest({ a: "1", b: "1", c: "1" }), hashAt({ a: "1", b: "x" }))).toEqual([
      { path: "a", action: "remove" },
      { path: "b", action: "foreign" },
    ]);
    expect(planUninstall(null, hashAt({}))).toEqual([]);
  });

  test("survives being carried out halfway, in both directions", () => {
    const target: InstallTarget = {
      name: "thing",
      title: "the thing",
      manifest: "x/.installed.json",
      files: ["x/a", "x/b/c", "x/d"].map((path) => ({ path, text: path })),
    };
    for (const many of [1, 2, 3]) {
      const root = makeTempDir();
      const folder = openInstallFolder(root);
      const halfway = (limit: number) => {
        let left = limit;
        const count = () => {
          if (left === 0) throw new Error("the plug was pulled");
          left -= 1;
        };
        const { write, remove } = folder;
        return {
          ...folder,
          write: (path: string, text: string) => (count(), write(path, text)),
          remove: (path: string) => (count(), remove(path)),
        };
      };
      expect(() => install(halfway(many), target, planInstallation(folder, target), { version: "1" })).toThrow(
        "the plug",
      );
      install(folder, target, planInstallation(folder, target), { version: "1" });
      expect(planInstallation(folder, target).changes).toBe(false);
      expect(() => uninstall(halfway(many), target, planUninstallation(folder, target))).toThrow("the plug");
      uninstall(folder, target, planUninstallation(folder, target));
      expect(
        readdirSync(root, { recursive: true })
          .map(String)
          .filter((path) => path.endsWith("/a") || path.endsWith("/c")),
      ).toEqual([]);
      expect(planUninstallation(folder, target)).toMatchObject({ files: [], changes: false });
    }
  });
});

describe("what is shipped", () => {
  let files: { path: string; content: Uint8Array }[];
  beforeAll(async () => {
    files = await skillFiles({ faults: false, version: "1.2.3" });
  });

  test("is made for everybody: nothing to install, no fault points, no other package's code", () => {
    const shared = Buffer.from(files.find(({ path }) => path.endsWith(".mjs"))?.content ?? []).toString();
    const imports = [...shared.matchAll(/^\s*import .* from "(.*)";$|import\("(.*)"\)|require\(/gm)].map(
      ([, from, lazy]) => from ?? lazy,
    );
    expect(imports.length).toBeGreaterThan(5);
    expect(imports.filter((name) => !name?.startsWith("node:"))).toEqual([]);
    expect(shared).not.toMatch(/INCR_FAULT|node_modules|process\.env/);
    expect(shared).toContain("sources of incr 1.2.3");
  });

  test("is the documented four scripts, each erasable TypeScript", () => {
    const scripts = files.filter(({ path }) => path.endsWith(".ts"));
    expect(scripts.map(({ path }) => path)).toEqual([
      "scripts/get.ts",
      "scripts/reset.ts",
      "scripts/save.ts",
      "scripts/set.ts",
    ]);
    for (const { content } of scripts) expect(Buffer.from(content).toString()).not.toMatch(/\benum\b|\bnamespace\b/);
  });

  test("can be read by those who have to review it", () => {
    const shared = Buffer.from(files.find(({ path }) => path.endsWith(".mjs"))?.content ?? []).toString();
    expect(Math.max(...shared.split("\n").map((line) => line.length))).toBeLessThan(500);
    expect(readFileSync(new URL("../../skills/session/package.json", import.meta.url), "utf8")).toContain(
      '"type": "module"',
    );
  });
});
