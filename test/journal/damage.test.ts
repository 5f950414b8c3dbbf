/** Files that are broken, newer, held or not writable: nothing is overwritten, and notes are kept all the same. */
import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  unlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { INCR } from "../support/incr.ts";
import { runProcess } from "../support/process.ts";
import { lacks } from "../support/programs.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { plainDesk, repoDesk, type Desk } from "./desk.ts";
import { expectWhole } from "./whole.ts";

const STATE = ".work-shell/state.json";

async function opened(): Promise<Desk> {
  const desk = plainDesk();
  await desk.at("14:30").prepare(["log", "before"]);
  await desk.at("14:31").prepare(["log", "good"]);
  return desk;
}

/** Root may write everywhere: it is started without that right. */
function withoutRights(call: [string, ...string[]]): [string, ...string[]] {
  if (process.getuid?.() !== 0) return call;
  return ["setpriv", "--bounding-set", "-dac_override,-dac_read_search,-fowner", ...call];
}

function isUnstoppable(): boolean {
  return process.getuid?.() === 0 && process.env["CI"] === undefined && lacks("setpriv");
}

function canMount(): boolean {
  if (process.platform !== "linux") return false;
  if (process.env["CI"] !== undefined) return true;
  try {
    execFileSync("unshare", ["-rm", "true"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}

const DAMAGES = [
  ["truncated", (text: string) => text.slice(0, 100)],
  ["empty", () => ""],
  ["of another shape", () => '{"version":"1.0.0","pending_todos":"none"}'],
  ["with an id that is a path", (text: string) => text.replace("2026-01-07-T1430", "../../x")],
  ["of a newer version", (text: string) => text.replace('"1.0.0"', '"2.0.0"')],
] as const;

describe.each(DAMAGES)("a state that is %s", (_, damage) => {
  test("is told and left as it is; notes are kept, and join a session when it is repaired", async () => {
    const desk = await opened();
    const good = desk.read(STATE) ?? "";
    const broken = damage(good);
    desk.write(STATE, broken);

    const { code, stdout, stderr } = await desk.at("14:40").run(["log", "meanwhile"]);
    expect(code).toBe(0);
    expect(stdout).toBe("Noted at 14:40 in .work-shell/logs/2026-01-07.md\n");
    expect(stderr).toMatch(
      /state\.json.*; the note is kept in \.work-shell\/logs\/2026-01-07\.md, and joins a session when that is over\n$/,
    );
    expect(await desk.at("14:41").json(["log", "and another"])).toMatchObject({
      session: null,
      log: ".work-shell/logs/2026-01-07.md",
    });
    expect(desk.logs()).toContain("\nmeanwhile\n");

    for (const command of ["hello", "bye"]) {
      const { code, stderr } = await desk.run([command]);
      expect(code === 1 || code === 6).toBe(true);
      expect(stderr).toMatch(/^error: .*state\.json/);
    }
    expect(await desk.run(["hook", "user-prompt"], { input: "{}" })).toMatchObject({ code: 0, stdout: "", stderr: "" });
    expect(desk.read(STATE)).toBe(broken);

    desk.write(STATE, good);
    await desk.at("14:50").ok(["log", "after"]);
    expectWhole(desk, { confirmed: ["before", "good", "meanwhile", "and another", "after"] });
  });
});

test("the error of a broken state names the place and the last good copy", async () => {
  const desk = await opened();
  desk.write(STATE, '{"version": "1.0.0",\n  oops');
  const { stderr } = await desk.run(["bye"]);
  expect(stderr).toMatch(/state\.json is not JSON: unexpected "o" at line 2, column 3\n/);
  expect(stderr).toMatch(/hint: the last good copy is of .*; to go back to it: cp .*state\.json\.bak .*state\.json\n/);
});

test("a state that was moved away: a new one begins, and what waited is in it", async () => {
  const desk = await opened();
  desk.write(STATE, "broken");
  await desk.at("14:40").ok(["log", "meanwhile"]);
  unlinkSync(join(desk.root, STATE));
  await desk.at("14:41").ok(["log", "after"]);
  expect(desk.state().current_session).toMatchObject({
    started: "2026-01-07T14:40:00Z",
    quick_notes: [{ note: "meanwhile" }, { note: "after" }],
  });
  expect(
    desk
      .logs()
      .split("\n")
      .filter((line) => line === "meanwhile"),
  ).toHaveLength(1);
});

test("a note whose process was killed before it got into the daily log gets there later", async () => {
  const desk = await opened();
  const good = desk.read(STATE) ?? "";
  desk.write(STATE, "broken");
  const killed = await desk.at("14:40").run(["log", "meanwhile"], { env: { INCR_FAULT: "journal:spooled" } });
  expect(killed.signal).toBe("SIGKILL");
  await desk.at("14:41").ok(["log", "and another"]);
  desk.write(STATE, good);
  await desk.at("14:42").ok(["hello"]);
  expectWhole(desk, { confirmed: ["before", "good", "meanwhile", "and another"] });
});

test("a file in the spool that nobody can read is set aside once", async () => {
  const desk = await opened();
  mkdirSync(join(desk.root, ".work-shell/spool"));
  desk.write(".work-shell/spool/1.json", "{");
  desk.write(".work-shell/spool/2.json", '{"kind":"note"}');
  const { code, stderr } = await desk.at("14:40").run(["log", "note"]);
  expect(code).toBe(0);
  expect(stderr).toMatch(/1\.json is not JSON.*left out\n.*2\.json has the wrong shape.*left out\n$/);
  expect((await desk.run(["log", "more"])).stderr).toBe("");
  expect(desk.list(".work-shell/spool")).toEqual(["1.json.broken", "2.json.broken"]);
});

test("a damaged report is told, and the others are shown", async () => {
  const desk = await opened();
  await desk.at("14:40").ok(["bye"]);
  await desk.at("15:40").ok(["log", "second"]);
  await desk.at("15:41").ok(["bye"]);
  desk.write(".work-shell/sessions/2026-01-07-T1430.json", "{");
  const { code, stdout, stderr } = await desk.run(["journal", "list"]);
  expect(code).toBe(0);
  expect(stdout).toContain("2026-01-07-T1540");
  expect(stderr).toContain("2026-01-07-T1430.json is not JSON");
  expect(await desk.run(["journal", "show", "2026-01-07-T1430"])).toMatchObject({ code: 1 });
});

describe("work-shell.md is the user's", () => {
  test.each([
    [
      "no section",
      "# Mine\r\n\r\ntext\r\n",
      "# Mine\r\n\r\ntext\r\n\r\n## Session History\r\n\r\n### 2026-01-07-T1430\r\n",
    ],
    ["no line end", "text", "text\n\n## Session History\n\n### 2026-01-07-T1430\n"],
    [
      "a section with entries",
      "# A\n\n## Session History\n\n### old\n\n- x\n\n## After\n",
      "# A\n\n## Session History\n\n### 2026-01-07-T1430\n",
    ],
  ])("with %s", async (_, before, beginning) => {
    const desk = await opened();
    desk.write("work-shell.md", before);
    await desk.at("14:40").ok(["bye"]);
    const after = desk.read("work-shell.md") ?? "";
    expect(after.startsWith(beginning)).toBe(true);
    if (before.includes("### old")) expect(after.endsWith("\n\n### old\n\n- x\n\n## After\n")).toBe(true);
  });

  test("bytes that are not UTF-8, its mode and its link stay", async () => {
    const desk = await opened();
    const real = join(makeTempDir(), "notes.md");
    const bytes = Buffer.from([0x23, 0x20, 0xff, 0xfe, 0x80, 0x0a]);
    writeFileSync(real, bytes);
    chmodSync(real, 0o640);
    symlinkSync(real, join(desk.root, "work-shell.md"));
    await desk.at("14:40").ok(["bye"]);
    expect(readFileSync(real).subarray(0, bytes.length)).toEqual(bytes);
    expect(desk.read("work-shell.md")).toContain("### 2026-01-07-T1430");
    expect(lstatSync(join(desk.root, "work-shell.md")).isSymbolicLink()).toBe(true);
    expect(statSync(real).mode & 0o777).toBe(0o640);
  });

  test("one that is no text is left alone, and the session ends; once it is text, the entry comes", async () => {
    const desk = await opened();
    const path = join(desk.root, "work-shell.md");
    const utf16 = Buffer.from("\uFEFF# Mine\n", "utf16le");
    writeFileSync(path, utf16);
    const { code, stderr } = await desk.at("14:40").run(["bye"]);
    expect(code).toBe(0);
    expect(stderr).toContain(
      "work-shell.md is not a text file, so no session was entered in it; the next command tries again",
    );
    expect(readFileSync(path)).toEqual(utf16);
    expect(desk.state().current_session).toBeNull();
    writeFileSync(path, "# Mine\n");
    await desk.at("14:41").ok(["hello"]);
    expect(desk.read("work-shell.md")).toMatch(/^# Mine\n\n## Session History\n\n### 2026-01-07-T1430\n/);
  });

  test("an entry that the user changed is not written again, nor a note in a daily log", async () => {
    const desk = await opened();
    await desk.at("14:40").ok(["bye", "--summary", "First"]);
    desk.write("work-shell.md", (desk.read("work-shell.md") ?? "").replace("First", "Corrected"));
    const log = ".work-shell/logs/2026-01-07.md";
    desk.write(log, (desk.read(log) ?? "").replace("good", "better"));
    await desk.at("14:41").ok(["log", "next"]);
    desk.write(log, (desk.read(log) ?? "").replace("\nnext\n", "\nnext one\n"));
    await desk.at("14:42").ok(["bye"]);
    expect(desk.read("work-shell.md")?.match(/^### .*$/gm)).toEqual(["### 2026-01-07-T1441", "### 2026-01-07-T1430"]);
    expect(desk.read("work-shell.md")).toContain("Corrected");
    expect(desk.logs().match(/^(?:better|good|next.*)$/gm)).toEqual(["better", "next one"]);
  });
});

test("a daily log that cannot be written is caught up with later, in order", async () => {
  const desk = plainDesk();
  await desk.at("14:30").ok(["hello"]);
  // A folder stands where the file should be
  mkdirSync(join(desk.root, ".work-shell/logs/2026-01-07.md"), { recursive: true });
  for (const [time, note] of [
    ["14:31", "one"],
    ["14:32", "two"],
  ] as const) {
    const { code, stderr } = await desk.at(time).run(["log", note]);
    expect(code).toBe(0);
    expect(stderr).toContain("the next command tries again");
  }
  rmSync(join(desk.root, ".work-shell/logs"), { recursive: true });
  await desk.at("14:33").ok(["log", "three"]);
  expectWhole(desk, { confirmed: ["one", "two", "three"] });
  expect(desk.logs().match(/^(?:one|two|three)$/gm)).toEqual(["one", "two", "three"]);
});

test("a lock that somebody holds for long does not cost a note", async () => {
  const desk = await opened();
  const go = join(makeTempDir(), "go");
  const holder = desk.at("14:40").start(["log", "slow"], { env: { INCR_FAULT_PAUSE: `journal:after-state=${go}` } });
  await waitFor("the lock to be held", () => existsSync(`${go}.reached`));
  // A hook gives up after 20 ms and puts the event aside
  const begin = performance.now();
  expect(await desk.at("14:41").run(["hook", "user-prompt"], { input: '{"session_id":"s1"}' })).toMatchObject({
    code: 0,
    stderr: "",
  });
  expect(performance.now() - begin).toBeLessThan(5_000);
  expect(desk.list(".work-shell/spool")).toHaveLength(1);
  const waiting = desk.at("14:42").start(["log", "waits"]);
  await waitFor("the wait", () => existsSync(`${go}.reached`));
  writeFileSync(go, "");
  expect(await holder.finished).toMatchObject({ code: 0 });
  expect(await waiting.finished).toMatchObject({ code: 0 });
  expect(desk.state().current_session.participants).toMatchObject([{}, { agent_session: "s1", prompts: 1 }]);
  expectWhole(desk, { confirmed: ["before", "good", "slow", "waits"] });
});

describe.skipIf(isUnstoppable())("a folder that cannot be written", () => {
  test("the note is not confirmed; what can be read is shown", async () => {
    const desk = await opened();
    chmodSync(join(desk.root, ".work-shell"), 0o500);
    const run = (...args: string[]) => {
      const [file, ...words] = withoutRights([process.execPath, INCR, ...args]);
      return runProcess(file, words, { cwd: desk.root, env: desk.at("14:40").env });
    };
    const { code, stdout, stderr } = await run("log", "note");
    expect({ code, stdout }).toEqual({ code: 1, stdout: "" });
    expect(stderr).toMatch(/^error: cannot .*: permission denied\n/);
    expect(await run("hook", "user-prompt")).toMatchObject({ code: 0, stderr: "" });
    expect(await run("journal", "list")).toMatchObject({ code: 0, stderr: "" });
    chmodSync(join(desk.root, ".work-shell"), 0o700);
    await desk.ok(["log", "after"]);
    expectWhole(desk, { confirmed: ["before", "good", "after"], attempted: ["note"] });
  });
});

describe.skipIf(!canMount())("a full disk (needs unshare -rm)", () => {
  test("refuses a note or keeps it, and nothing is broken", async () => {
    const desk = plainDesk();
    const disk = join(desk.root, "disk");
    mkdirSync(disk);
    const script = `
      mount -t tmpfs -o size=96k tmpfs "$DISK" || exit
      cd "$DISK"
      n=0
      while n=$((n + 1)); [ $n -lt 500 ] && "$NODE" "$INCR" log "note $n $(printf '%0900d' 0)" >&2; do echo "$n"; done
      ls -A . .work-shell .work-shell/logs | grep 'tmp$'
      mount -o remount,size=10m "$DISK"
      "$NODE" "$INCR" log "after" >&2 && "$NODE" "$INCR" bye >&2 || exit
      cp -R .work-shell work-shell.md "$BACK"
    `;
    const env = { ...desk.at("14:30").env, DISK: disk, BACK: desk.root, NODE: process.execPath, INCR };
    const { code, stdout, stderr } = await runProcess("unshare", ["-rm", "sh", "-c", script], { env });
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.stringContaining("error: cannot save ") });
    const confirmed = stdout.split("\n").filter((line) => line !== "");
    expect(confirmed.length).toBeGreaterThan(3);
    expectWhole(desk, { confirmed: [...confirmed.map((n) => `note ${n} ${"0".repeat(900)}`), "after"] });
  });
});

test("what git must not see is ignored; the rest is up to the user", async () => {
  const desk = await repoDesk();
  await desk.at("14:30").ok(["log", "note"]);
  await desk.run(["hook", "user-prompt"], { input: "{}" });
  expect(await desk.repo.git(["status", "--porcelain", "--untracked-files=all"])).toBe(
    "?? .work-shell/.gitignore\n?? .work-shell/logs/2026-01-07.md",
  );
  desk.write(".work-shell/.gitignore", "*\n");
  await desk.at("14:31").ok(["bye"]);
  expect(desk.read(".work-shell/.gitignore")).toBe("*\n");
});

test("in a fresh clone the last session is the newest of the reports that came with it", async () => {
  const desk = await opened();
  await desk.at("14:40").ok(["bye", "--summary", "Elsewhere"]);
  unlinkSync(join(desk.root, STATE));
  expect(await desk.at("16:00").json(["hello"])).toMatchObject({
    last_session: { id: "2026-01-07-T1430", summary: "Elsewhere" },
  });
});
