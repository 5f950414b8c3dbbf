/** Which folder is meant, what is put there, and what damage does. */
import { lstatSync, mkdirSync, readdirSync, readFileSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { IncrError } from "../../src/domain/error.ts";
import { setWorkflow } from "../../src/usecases/workflow/set.ts";
import { saveWorkflow } from "../../src/usecases/workflow/save.ts";
import { getAllWorkflows, getWorkflow, listWorkflows, type WorkflowApp } from "../../src/usecases/workflow/progress.ts";
import { resetWorkflow } from "../../src/usecases/workflow/reset.ts";
import { openWorkflows } from "../../src/workflows/workflows.ts";
import { runIncr } from "../support/incr.ts";
import { makeRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal } from "../support/terminal.ts";
import { DOCUMENTED, readArchives, readState, sessionsFolder, statePath, writeState } from "./files.ts";
import { copyScripts, openWays, WAY_NAMES, type Way, type WayName } from "./ways.ts";

let ways: Record<WayName, Way>;
beforeAll(async () => {
  ways = await openWays();
}, 300_000);

/** The use-cases on the files of `folder`, at a fixed time. */
function openApp(folder: string): WorkflowApp {
  const notify = () => undefined;
  const now = () => new Date("2025-01-29T16:00:00.500Z");
  return { now, notify, step: () => undefined, workflows: openWorkflows({ root: folder, notify }) };
}

describe.each(WAY_NAMES)("%s", (name) => {
  test("means the main checkout in a linked worktree, and in every folder of it", async () => {
    const repo = await makeRepo();
    copyScripts(repo.root);
    await repo.git(["add", "--all"]);
    await repo.git(["commit", "--quiet", "--message", "scripts"]);
    await repo.git(["worktree", "add", "--quiet", "../linked"]);
    const linked = join(repo.dir, "linked");
    mkdirSync(join(linked, "ia", "state"), { recursive: true });
    expect(await ways[name].run(linked, "set", ["w", "init"])).toMatchObject({ code: 0, stderr: "" });
    expect(readState(repo.root, "w")).toMatchObject({ step: "init" });
    expect(readState(linked, "w")).toBeNull();

    mkdirSync(join(repo.root, "src", "deep"), { recursive: true });
    const up = ["-C", join(repo.root, "src", "deep"), "w"];
    expect((await ways[name].run(linked, "get", up)).json()).toMatchObject({ step: "init" });
    // From elsewhere the archive is named in full
    const { stdout } = await ways[name].run(linked, "save", ["w"]);
    expect(stdout).toMatch(/^\/.*\/app\/ia\/state\/sessions\/archives\/.*-w\.md\n$/);
    expect(statSync(stdout.trim()).isFile()).toBe(true);
  });

  test("means the nearest folder upward with a state where there is no repository, else the one it stands in", async () => {
    const folder = makeTempDir();
    copyScripts(folder);
    const below = join(folder, "a", "b");
    mkdirSync(below, { recursive: true });
    await ways[name].run(folder, "set", ["-C", below, "w", "init"]);
    expect(readState(below, "w")).toMatchObject({ step: "init" });
    mkdirSync(join(folder, "a", "ia", "state"), { recursive: true });
    await ways[name].run(folder, "set", ["-C", join(folder, "a"), "w", "other"]);
    expect((await ways[name].run(folder, "get", ["-C", below, "w"])).json()).toMatchObject({ step: "init" });
    mkdirSync(join(folder, "a", "c"));
    expect((await ways[name].run(folder, "get", ["-C", join(folder, "a", "c"), "w"])).json()).toMatchObject({
      step: "other",
    });
  });

  test("hides its locks from git in a folder that it makes, and leaves the user's alone", async () => {
    const repo = await makeRepo();
    copyScripts(repo.root);
    await ways[name].run(repo.root, "set", ["w", "init"]);
    expect((await repo.git(["status", "--porcelain", "--untracked-files=all", "ia"])).split("\n")).toEqual([
      "?? ia/state/sessions/.gitignore",
      "?? ia/state/sessions/w.json",
    ]);
    const other = makeTempDir();
    copyScripts(other);
    mkdirSync(sessionsFolder(other), { recursive: true });
    await ways[name].run(other, "set", ["w", "init"]);
    expect(readdirSync(sessionsFolder(other))).toEqual([".w.lock", "w.json"]);
  });

  test("keeps the mode of a file, writes through a link, and makes nothing to read or to forget nothing", async () => {
    const folder = makeTempDir();
    copyScripts(folder);
    for (const [verb, code] of [
      ["get", 0],
      ["reset", 0],
      ["save", 3],
    ] as const)
      expect(await ways[name].run(folder, verb, ["w"])).toMatchObject({ code });
    expect(readdirSync(folder)).toEqual([".claude"]);

    const elsewhere = join(makeTempDir(), "real.json");
    writeFileSync(elsewhere, JSON.stringify(DOCUMENTED), { mode: 0o664 });
    mkdirSync(sessionsFolder(folder), { recursive: true });
    symlinkSync(elsewhere, statePath(folder, "w"));
    const mode = statSync(elsewhere).mode;
    expect(await ways[name].run(folder, "set", ["w", "next"])).toMatchObject({ code: 0 });
    expect(JSON.parse(readFileSync(elsewhere, "utf8"))).toMatchObject({ step: "next" });
    expect(statSync(elsewhere).mode).toBe(mode);
    expect(lstatSync(statePath(folder, "w")).isSymbolicLink()).toBe(true);
  });

  test("names a damaged file and where it is damaged, and leaves it as it is", async () => {
    const folder = makeTempDir();
    copyScripts(folder);
    writeState(folder, "bad", '{\n  "step": "init",\n  "steps": [');
    writeState(folder, "good", DOCUMENTED);
    const path = statePath(folder, "bad");
    const problem = `${path} is not JSON: unexpected end of the file at line 3, column 13`;
    for (const verb of ["get", "save"] as const) {
      const { code, stderr } = await ways[name].run(folder, verb, ["bad"]);
      expect(code).toBe(1);
      expect(stderr.split("\n")[0]).toBe(`error: ${problem}`);
      expect(stderr.split("\n")[1]).toMatch(/^hint: repair it, or move it away to begin anew: mv /);
    }
    const { code, stdout, stderr } = await ways[name].run(folder, "get", ["--all"]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: `warning: bad is left out: ${problem}\n` });
    expect(JSON.parse(stdout)).toEqual([{ workflow: "good", ...DOCUMENTED }]);
  });
});

test("a file that was cut off anywhere is reported, never overwritten, and hides no other", async () => {
  const whole = JSON.stringify(DOCUMENTED, null, 2);
  await fc.assert(
    fc.asyncProperty(fc.integer({ min: 0, max: whole.length - 1 }), async (length) => {
      const folder = makeTempDir();
      const cut = whole.slice(0, length);
      writeState(folder, "cut", cut);
      writeState(folder, "good", DOCUMENTED);
      const app = openApp(folder);
      expect(() => getWorkflow(app, "cut")).toThrow(IncrError);
      await expect(setWorkflow(app, { workflow: "cut", step: "next" })).rejects.toThrow(IncrError);
      await expect(saveWorkflow(app, { workflow: "cut", status: "completed", notes: null })).rejects.toThrow(IncrError);
      expect(getAllWorkflows(app)).toMatchObject({ workflows: [{ workflow: "good" }], damaged: [{ workflow: "cut" }] });
      expect(readFileSync(statePath(folder, "cut"), "utf8")).toBe(cut);
      expect(readArchives(folder)).toEqual({});
      expect(await resetWorkflow(app, "cut")).toBe(true);
      expect(getWorkflow(app, "cut")).toBeNull();
    }),
    { numRuns: 40 },
  );
});

test("any way through steps, saves and resets keeps what is in progress, and one archive for each save", async () => {
  const workflow = fc.constantFrom("a", "b:b", "b b");
  const action = fc.oneof(
    fc.record({
      do: fc.constant("set" as const),
      workflow,
      step: fc.constantFrom("x", "y", "z"),
      key: fc.constantFrom("k", "l"),
    }),
    fc.record({ do: fc.constant("save" as const), workflow }),
    fc.record({ do: fc.constant("reset" as const), workflow }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(action, { maxLength: 12 }), async (actions) => {
      const folder = makeTempDir();
      const app = openApp(folder);
      const live = new Map<string, { steps: string[]; context: Record<string, unknown> }>();
      const saved: string[] = [];
      for (const [n, each] of actions.entries()) {
        const { workflow: name } = each;
        const before = live.get(name);
        if (each.do === "set") {
          await setWorkflow(app, { workflow: name, step: each.step, context: { [each.key]: n } });
          const { steps, context } = before ?? { steps: [], context: {} };
          live.set(name, { steps: [...new Set([...steps, each.step])], context: { ...context, [each.key]: n } });
        } else if (each.do === "reset") {
          expect(await resetWorkflow(app, name)).toBe(live.delete(name));
        } else if (before === undefined) {
          await expect(saveWorkflow(app, { workflow: name, status: "completed", notes: null })).rejects.toThrow(
            "no workflow",
          );
        } else {
          const { archive } = await saveWorkflow(app, { workflow: name, status: "completed", notes: null });
          expect(readFileSync(archive, "utf8")).toContain(JSON.stringify(before.context, null, 2));
          live.delete(name);
          saved.push(archive);
        }
      }
      const found = getAllWorkflows(app).workflows.map(({ workflow, steps, context }) => [
        workflow,
        { steps, context },
      ]);
      expect(found).toEqual([...live].toSorted(([a], [b]) => (a < b ? -1 : 1)));
      expect(Object.keys(readArchives(folder))).toHaveLength(saved.length);
      expect(new Set(saved).size).toBe(saved.length);
    }),
    { numRuns: 60 },
  );
});

describe("incr workflow list", () => {
  test("shows people what was being done, the last first", async () => {
    const { root, env } = await makeRepo();
    const term = openTerminal({ root, env });
    expect(await term.ok("incr workflow list")).toBe("no workflow is in progress");
    const ago = (minutes: number) => new Date(Date.now() - minutes * 60_000).toISOString();
    writeState(root, "workflow:pr", { ...DOCUMENTED, started_at: ago(150), updated_at: ago(5) });
    writeState(root, "a\u001b[31m", DOCUMENTED);
    writeState(root, "workflow:old", {
      ...DOCUMENTED,
      started_at: ago(3000),
      updated_at: ago(2999),
      step: "in\u001bit",
      context: {},
    });
    expect(await term.ok("incr workflow list")).toBe(
      [
        "WORKFLOW      STEP            IDLE  AGE  BRANCH               PROGRESS",
        "workflow:pr   git:pr:monitor    5m   2h  feat/workflow-start  3: init → git:pr:find → git:pr:monitor",
        "workflow:old  in␛it             2d   2d  -                    3: init → git:pr:find → git:pr:monitor",
      ].join("\n"),
    );
    const { workflows, damaged } = await term.json("incr workflow list --json");
    expect(workflows[0]).toMatchObject({ workflow: "workflow:pr", branch: "feat/workflow-start" });
    expect(workflows[0].idle_seconds).toSatisfy((seconds: number) => seconds >= 300 && seconds < 360);
    expect(workflows[0].age_seconds).toSatisfy((seconds: number) => seconds >= 9000 && seconds < 9060);
    expect(damaged).toEqual([]);
  });

  test("and programs how old they are", () => {
    const folder = makeTempDir();
    writeState(folder, "w", DOCUMENTED);
    writeState(folder, "bad", "");
    expect(listWorkflows(openApp(folder))).toEqual({
      workflows: [
        {
          workflow: "w",
          step: DOCUMENTED.step,
          steps: DOCUMENTED.steps,
          branch: "feat/workflow-start",
          started_at: DOCUMENTED.started_at,
          updated_at: DOCUMENTED.updated_at,
          age_seconds: 3600,
          idle_seconds: 3300,
        },
      ],
      damaged: [{ workflow: "bad", problem: `${statePath(folder, "bad")} is empty (0 bytes)` }],
    });
  });
});

test.each([
  ["", "workflow:pr"],
  ["workf", "workflow:pr"],
  ["workflow:", "pr"],
  ["workflow:p", "pr"],
])(
  "the tab key after %j completes a name with a colon in it in bash, which breaks words there",
  async (typed, added) => {
    const { root, env } = await makeRepo();
    writeState(root, "workflow:pr", DOCUMENTED);
    const words = [
      "incr",
      "workflow",
      "get",
      ...(typed === "" ? [""] : typed.split(/(:)/).filter((word) => word !== "")),
    ];
    const completion = [
      "complete_here() {",
      '  eval "$(incr completion bash)"',
      '  COMP_WORDS=("$@") COMP_CWORD=$(($# - 1))',
      "  _incr_complete",
      '  printf "%s\\n" "${COMPREPLY[@]}"',
      "}",
      `complete_here ${words.map((word) => `'${word}'`).join(" ")}`,
    ];
    expect(await openTerminal({ root, env }).ok(completion.join("\n"))).toBe(added);
  },
);

test("what JSON would let through to a terminal is escaped, and stays the same value", async () => {
  const folder = makeTempDir();
  const text = "a\u009b31m\u2028\u202e\u007f\u001bz";
  writeState(folder, "w", { ...DOCUMENTED, context: { text } });
  const { stdout } = await runIncr(["workflow", "get", "w"], { cwd: folder });
  expect(stdout).toMatch(/^[\x20-\x7e]*\n$/);
  expect(JSON.parse(stdout)).toMatchObject({ context: { text } });
});
