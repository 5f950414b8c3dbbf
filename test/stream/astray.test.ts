/** Where the work of a thread is at the end of its run, whatever is killed meanwhile: what is not on the thread's branch is not merged, so the thread is not completed; nothing is lost. */
import { chmodSync, existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { makeTempDir } from "../support/temp.ts";
import { openStreamCrew } from "./crew.ts";
import { GOOD_PLAN } from "./plans.ts";

const BRANCH = "incr/stream/001-login/t-01.01.01";
const BASE = "incr/stream/001-login/base";

test("a run whose work is on another branch has failed, and goes on until it is where it belongs", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const astray = "git switch -qc mine && echo form > form.txt && git add . && git commit -qm form";
  const turns = [[{ run: astray }], [{ run: "git merge -q mine" }]];
  crew.script("01.01.01", [{ say: "Done" }, { again: true }, { name: "one", turns }]);
  crew.script("01.01.02", [{ run: "echo page > page.txt" }]);

  const { code, stderr } = await term.run("work multi --batch 1.1");
  expect(code).toBe(1);
  expect(stderr).toContain(`01.01.01 failed: its work is not on ${BRANCH}, but on mine\n`);
  expect(stderr).not.toContain("is merged");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "failed", exitCode: 0 }]);
  expect(crew.tasks("01.01.01")).toEqual(["pending", "pending"]);
  const session = (await crew.agents()).find((one: any) => one.thread_id === "01.01.01");
  expect(session).toMatchObject({ status: "failed", reason: "unsaved" });
  expect(await term.json("work status --json")).toMatchObject({ merged: [], next: "work fix --thread 01.01.01" });
  expect(await crew.git(["show", "mine:form.txt"])).toBe("form");

  await term.ok("work fix --thread 1.1.1 --resume --piped");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "failed" }, { status: "completed" }]);
  expect((await term.json("work status --json")).merged).toEqual(["01.01"]);
  for (const [file, text] of [
    ["form.txt", "form"],
    ["page.txt", "page"],
  ])
    expect(await crew.git(["show", `${BASE}:${file}`])).toBe(text);
});

test("so has one whose work no commit can hold; it stays where it is", async () => {
  const crew = await openStreamCrew();
  const nested = "git init -q sub && cd sub && echo x > x.txt && git add . && git commit -qm x";
  crew.script("01.01.01", [{ run: nested }, { say: "Done" }]);
  const { code, stderr } = await crew.term.run("work execute --thread 1.1.1 --piped");
  expect(code).toBe(1);
  expect(stderr).toMatch(/^thread 01\.01\.01 failed: .*sub.*$/m);
  expect(stderr).toMatch(/^ws-001 is set aside: /m);
  expect(await crew.thread("01.01.01")).toMatchObject({ status: "failed", running: false });
  expect(await crew.last()).toMatchObject({ status: "failed", reason: "unsaved" });
  expect(await crew.git(["-C", `${crew.workspace().path}/sub`, "show", "HEAD:x.txt"])).toBe("x");
});

test("of a run that was ended after it had marked its tasks, it is said what is not merged", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const all = "echo form > form.txt; work update --thread 1.1.1 --status completed >/dev/null";
  crew.script("01.01.01", [{ run: all }, { die: "SIGKILL" }]);
  crew.script("01.01.02", [{ run: "echo page > page.txt" }]);
  const { stderr } = await term.run("work multi --batch 1.1");
  const { rescue } = (await crew.agents()).find((one: any) => one.thread_id === "01.01.01");
  const name = rescue.replace("refs/incr/rescue/", "");
  expect(crew.records("01.01.01")).toMatchObject([{ status: "interrupted" }]);
  expect(stderr).toContain(
    `thread 01.01.01 is completed by its tasks, and its last run was interrupted: it was killed by SIGKILL: what was not committed then is not merged, and is kept as rescue ${name}\n`,
  );
  expect(stderr).toContain(`batch 01.01 is merged into ${BASE}: 01.01.02\n`);
  expect(await crew.git(["show", `${rescue}:form.txt`])).toBe("form");
});

test("what could not be kept at the end of a run is there when it goes on, once it could be", async () => {
  const crew = await openStreamCrew();
  const { term } = crew;
  const nested = "echo form > form.txt; git init -q sub && cd sub && echo x > x.txt && git add . && git commit -qm x";
  const turns = [[{ run: nested }, { die: "SIGKILL" }], [{ run: "cat form.txt > copy.txt" }]];
  crew.script("01.01.01", [{ say: "Here" }, { again: true }, { name: "one", turns }]);
  expect((await term.run("work execute --thread 1.1.1 --piped")).stderr).toMatch(/^ws-001 is set aside: /m);
  const { path } = crew.workspace();
  expect(await term.fails(4, "work fix --thread 1.1.1 --resume --piped")).toMatch(
    /^error: .* is checked out in .*ws-001\nhint: incr doctor --fix tries again to keep what is in it, then resume again$/m,
  );
  await term.ok(`rm -rf ${path}/sub && incr doctor --fix`);
  const [rescue] = await crew.rescues();
  expect(await crew.last()).toMatchObject({ status: "killed", rescue: rescue.ref });
  await term.ok("work fix --thread 1.1.1 --resume --piped");
  expect(await crew.git(["show", `${BRANCH}:copy.txt`])).toBe("form");
});

test.each(["add --all", "write-tree"])(
  "a git that is killed at `%s` while work is kept is started again",
  async (words) => {
    const crew = await openStreamCrew();
    const { term } = crew;
    crew.script("01.01.01", [{ run: "echo form > form.txt" }]);
    const folder = makeTempDir();
    const [git, once] = [join(folder, "git"), join(folder, "once")];
    const path = term.env["PATH"];
    // As one that has begun to write, and is killed in the middle of it
    writeFileSync(
      git,
      `#!/bin/sh\ncase "$*" in *" ${words}"*) if [ ! -e '${once}' ]; then : > '${once}'; [ -z "$GIT_INDEX_FILE" ] || : > "$GIT_INDEX_FILE.lock"; kill -KILL $$; fi;; esac\nPATH='${path}' exec git "$@"\n`,
    );
    chmodSync(git, 0o755);
    await term.ok("work execute --thread 1.1.1 --piped", { env: { PATH: `${folder}:${path}` } });
    expect(await crew.git(["show", `${BRANCH}:form.txt`])).toBe("form");
    expect(existsSync(once)).toBe(true);
    expect(crew.workspace()).not.toHaveProperty("attention");
  },
);

test.each(["save:rescued", "agent:end-kept"])(
  "an end that is killed at %s loses nothing: the thread goes on with its files",
  async (point) => {
    const crew = await openStreamCrew();
    const { term } = crew;
    const turns = [[{ run: "echo form > form.txt" }, { die: "SIGKILL" }], [{ run: "cat form.txt > copy.txt" }]];
    crew.script("01.01.01", [{ say: "Here" }, { again: true }, { name: "one", turns }]);
    const { signal } = await term.run("work execute --thread 1.1.1 --piped", { env: { INCR_FAULT: point } });
    expect(signal).toBe("SIGKILL");
    const { stderr } = await term.run("incr session list");
    const { rescue, branch_removed } = await crew.last();
    expect(branch_removed).toBe(true);
    expect(stderr).toContain(`(rescue ${rescue.replace("refs/incr/rescue/", "")})`);
    expect((await crew.rescues()).map(({ ref }) => ref)).toEqual([rescue]);
    await term.ok("work fix --thread 1.1.1 --resume --piped");
    expect(await crew.git(["show", `${BRANCH}:copy.txt`])).toBe("form");
  },
);

test("of several conflicts in one batch no branch is left", async () => {
  const more = "###### Thread 03: Foot\n\n**Summary:**\nThe foot.\n\n**Details:**\n- make it\n\n##### Batch 02: Polish";
  const crew = await openStreamCrew({ plan: GOOD_PLAN.replace("##### Batch 02: Polish", more) });
  const { term } = crew;
  const threads = ["01.01.01", "01.01.02", "01.01.03"];
  for (const thread of threads) crew.script(thread, [{ run: `echo ${thread} > all.txt` }]);
  await term.fails(1, "work multi --batch 1.1");
  for (const thread of threads.slice(1)) {
    const path = await term.ok("work fix --merge");
    expect(await crew.git(["branch", "--show-current"], { cwd: path })).toBe(`incr/stream/001-login/merge-${thread}`);
    writeFileSync(join(path, "all.txt"), `up to ${thread}\n`);
    await crew.git(["add", "all.txt"], { cwd: path });
    await term.run("work fix --merged");
  }
  expect((await term.json("work status --json")).merged).toEqual(["01.01"]);
  expect((await crew.branches()).filter((name) => name.includes("/merge-"))).toEqual([]);
});
