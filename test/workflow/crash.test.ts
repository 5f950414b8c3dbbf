/** What is left when a process dies between any two steps, and how it goes on from there. */
import { spawnSync } from "node:child_process";
import { readdirSync } from "node:fs";
import { beforeAll, describe, expect, test } from "vitest";
import { runProcess } from "../support/process.ts";
import { makeTempDir } from "../support/temp.ts";
import { DOCUMENTED, readArchives, readState, sessionsFolder, writeState } from "./files.ts";
import { copyScripts, openWays, WAY_NAMES, type Way, type WayName } from "./ways.ts";

let ways: Record<WayName, Way>;
beforeAll(async () => {
  ways = await openWays();
}, 300_000);

function makeFolder(): string {
  const folder = makeTempDir();
  copyScripts(folder);
  writeState(folder, "w", DOCUMENTED);
  return folder;
}

/** Runs `save` until it is killed at the point; with notes, so that it can be told from another. */
async function dieSaving(way: Way, folder: string, point: string): Promise<void> {
  const args = ["w", "--status=failed", "--notes=CI blocked"];
  expect(await way.run(folder, "save", args, { env: { INCR_FAULT: point } })).toMatchObject({
    signal: "SIGKILL",
    stdout: "",
  });
}

/** Points at which nothing has been archived, and at which it has. */
const BEFORE = [
  "store:before-temp",
  "store:after-temp",
  "store:after-rename",
  "store:after-sync",
  "workflow:claimed",
  "new-file:written",
];
const ARCHIVED = ["workflow:archived"];
const REMOVED = ["workflow:removed"];
const POINTS = [...BEFORE, ...ARCHIVED, ...REMOVED];

const expectNoLeftovers = (folder: string) => {
  const files = readdirSync(sessionsFolder(folder), { recursive: true }).map(String);
  expect(files.filter((file) => file.endsWith(".tmp"))).toEqual([]);
};

describe.each(WAY_NAMES)("%s", (name) => {
  const next = WAY_NAMES[(WAY_NAMES.indexOf(name) + 1) % WAY_NAMES.length] as WayName;

  test.each(POINTS)(
    "killed while saving, at %s: it is in progress or archived, never both, never neither",
    async (point) => {
      const folder = makeFolder();
      await dieSaving(ways[name], folder, point);
      const shown = (await ways[next].run(folder, "get", ["w"])).json<unknown>();
      const archives = Object.values(readArchives(folder)).filter((text) => text.includes("# w\n"));
      if (BEFORE.includes(point)) {
        expect(shown).toEqual(DOCUMENTED);
        expect((await ways[next].run(folder, "get", ["--all"])).json()).toEqual([{ workflow: "w", ...DOCUMENTED }]);
        expect(Object.keys(readArchives(folder)).filter((file) => file.endsWith(".md"))).toEqual([]);
      } else {
        expect(shown).toBeNull();
        expect((await ways[next].run(folder, "get", ["--all"])).json()).toEqual([]);
        expect(archives).toHaveLength(1);
      }
    },
  );

  test.each(POINTS)("killed while saving, at %s: saving again completes it, and it is saved once", async (point) => {
    const folder = makeFolder();
    await dieSaving(ways[name], folder, point);
    const [archived] = Object.keys(readArchives(folder));
    const again = await ways[next].run(folder, "save", ["w", "--status=failed", "--notes=CI blocked"]);
    expect(again.code).toBe(REMOVED.includes(point) ? 3 : 0);
    if (ARCHIVED.includes(point)) expect(again.stdout).toContain(String(archived));
    const archives = readArchives(folder);
    expect(Object.keys(archives)).toEqual([expect.stringMatching(/^\d{4}-\d\d-\d\d-w-feat-workflow-start\.md$/)]);
    for (const part of ["- Status: failed", "CI blocked", '"pr_number": 8', "2. git:pr:find"])
      expect(Object.values(archives)[0]).toContain(part);
    expect(readState(folder, "w")).toBeNull();
    expectNoLeftovers(folder);
    expect(await ways[next].run(folder, "save", ["w"])).toMatchObject({ code: 3 });
  });

  test.each(POINTS)(
    "killed while saving, at %s: a step goes on with what is in progress, else begins anew",
    async (point) => {
      const folder = makeFolder();
      await dieSaving(ways[name], folder, point);
      const set = await ways[next].run(folder, "set", ["w", "again", '{"new":1}']);
      expect(set.code).toBe(0);
      const state = readState(folder, "w");
      expect(state).not.toHaveProperty("archiving");
      if (BEFORE.includes(point)) {
        expect(state).toMatchObject({ started_at: DOCUMENTED.started_at, context: { ...DOCUMENTED.context, new: 1 } });
        expect(state?.steps).toEqual([...DOCUMENTED.steps, "again"]);
      } else {
        expect(state).toMatchObject({ step: "again", steps: ["again"], context: { new: 1 } });
        expect(set.stderr).toMatch(
          ARCHIVED.includes(point) ? /^w was saved as .*\.md before, so it begins anew\n$/ : /^$/,
        );
      }
      expect(await ways[next].run(folder, "save", ["w"])).toMatchObject({ code: 0 });
      expect(Object.keys(readArchives(folder)).filter((file) => file.endsWith(".md"))).toHaveLength(
        BEFORE.includes(point) ? 1 : 2,
      );
      expectNoLeftovers(folder);
    },
  );

  test("killed while saving, with the archive made: other words are not in it, and that is said", async () => {
    const folder = makeFolder();
    await dieSaving(ways[name], folder, "workflow:archived");
    const again = await ways[next].run(folder, "save", ["w", "--status=completed"]);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stderr).toMatch(
      /^w had been saved as .*\.md with the status failed; the status and notes given now are not in it\n$/,
    );
    expect(Object.values(readArchives(folder))).toEqual([expect.stringContaining("- Status: failed")]);
  });

  test("killed while saving: a name that another workflow has taken since is not mistaken for its archive", async () => {
    const folder = makeFolder();
    await dieSaving(ways[name], folder, "workflow:claimed");
    writeState(folder, "W", { ...DOCUMENTED, context: { branch: "feat/workflow-start", other: true } });
    const other = await ways[next].run(folder, "save", ["W"]);
    expect(other.stdout).toContain(`${readState(folder, "w")?.archiving?.archive}`);
    expect((await ways[next].run(folder, "get", ["w"])).json()).toEqual(DOCUMENTED);
    expect((await ways[next].run(folder, "save", ["w"])).stdout).toMatch(/-w-feat-workflow-start-2\.md\n$/);
    // `-2` sorts before `.md`
    expect(Object.values(readArchives(folder)).map((text) => text.split("\n")[0])).toEqual(["# w", "# W"]);
  });

  test.each(["store:before-temp", "store:after-temp", "store:after-rename", "store:after-sync"])(
    "killed while setting, at %s: the step was taken or it was not",
    async (point) => {
      const folder = makeFolder();
      const killed = await ways[name].run(folder, "set", ["w", "next", '{"a":1}'], { env: { INCR_FAULT: point } });
      expect(killed.signal).toBe("SIGKILL");
      const taken = { ...DOCUMENTED, updated_at: expect.any(String) as string, step: "next" };
      const after = point === "store:before-temp" || point === "store:after-temp" ? DOCUMENTED : taken;
      expect(readState(folder, "w")).toMatchObject({ started_at: after.started_at, step: after.step });
      expect(await ways[next].run(folder, "set", ["w", "next", '{"a":1}'])).toMatchObject({ code: 0, stderr: "" });
      expect(readState(folder, "w")).toEqual({
        ...taken,
        steps: [...DOCUMENTED.steps, "next"],
        context: { ...DOCUMENTED.context, a: 1 },
      });
      expectNoLeftovers(folder);
    },
  );
});

/** Fills a small disk, and then gives it back page by page until saving works; before each try and after it, what is in progress is looked at. */
const FULL_DISK = `
  mkdir -p ia/state/sessions
  mount -t tmpfs -o size=96k tmpfs ia/state/sessions || exit
  $SET w init '{"text":"'"$(printf '%08000d' 0)"'"}' || exit
  cat /dev/zero > ia/state/sessions/filler 2>/dev/null
  for pages in $(seq 0 20); do
    truncate -s -4096 ia/state/sessions/filler
    $GET w
    $SAVE w && break
    echo "exit $?"
  done
  $GET w
  ls -A ia/state/sessions ia/state/sessions/archives
`;

describe.skipIf(!canMount()).each(WAY_NAMES)("%s on a full disk (needs unshare -rm)", (name) => {
  test("refuses to save, and what is in progress stays until there is room", async () => {
    const folder = makeTempDir();
    copyScripts(folder);
    const call = (verb: "get" | "set" | "save") => ways[name].call(verb).join(" ");
    const env = { GET: call("get"), SET: call("set"), SAVE: call("save") };
    const { stdout, stderr } = await runProcess("unshare", ["-rm", "sh", "-c", FULL_DISK], { cwd: folder, env });
    const [started, ...lines] = stdout.trim().split("\n");
    const archived = lines.findIndex((line) => line.endsWith(".md"));
    const tries = lines.slice(0, archived);
    expect(tries.filter((line) => line === "exit 1").length).toBeGreaterThan(1);
    expect(tries.filter((line) => line !== "exit 1" && line !== started)).toEqual([]);
    expect(stderr).toMatch(/^(?:error: cannot .*: no space left on device\nhint: free some space, .*\n)+$/);
    expect(lines[archived + 1]).toBe("null");
    const files = lines.slice(archived + 2);
    expect(files.filter((file) => file.endsWith(".md"))).toHaveLength(1);
    expect(files.filter((file) => file.endsWith(".tmp") || file === "w.json")).toEqual([]);
  });
});

function canMount(): boolean {
  if (process.platform !== "linux") return false;
  return process.env["CI"] !== undefined || spawnSync("unshare", ["-rm", "true"]).status === 0;
}
