/** Batches that are merged: with real git, and with whoever comes in between. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { describe, expect, test } from "vitest";
import { runInside } from "../support/inside.ts";
import { waitFor } from "../support/wait.ts";
import { openApproved, STREAM, type Desk } from "./desk.ts";

const BASE = `incr/stream/${STREAM}/base`;
const BINARY = Buffer.from([0, 1, 2, 255, 0, 7]);

/** Commits on the branch of a thread, as an agent would leave them. */
async function work(desk: Desk, thread: string, change: (path: string) => Promise<void> | void): Promise<string> {
  const { repo } = desk;
  const branch = `incr/stream/${STREAM}/t-${thread}`;
  const path = join(repo.dir, `thread-${thread}`);
  const from = (await repo.git(["rev-parse", "--verify", "--quiet", BASE]).catch(() => "")) || "main";
  await repo.git(["worktree", "add", "--quiet", "-b", branch, path, from]);
  await change(path);
  await repo.git(["add", "--all"], { cwd: path });
  await repo.git(["commit", "--quiet", "--message", `Work of ${thread}`], { cwd: path });
  await repo.git(["worktree", "remove", path]);
  return await repo.git(["rev-parse", branch]);
}

const put = (file: string, text: string | Buffer) => (path: string) => writeFileSync(join(path, file), text);

async function complete({ repo }: Desk, ...threads: string[]): Promise<void> {
  for (const thread of threads) {
    const words = ["work", "update", "--thread", thread, "--status", "completed"];
    expect(await runInside(words, { cwd: repo.root, env: repo.env })).toMatchObject({ code: 0 });
  }
}

/** Has a batch merged whose threads are completed: what comes of it. */
async function merge({ term }: Desk, batch = "01.01"): Promise<any> {
  const { code, stdout } = await term.run(`work multi --batch ${batch} --json`);
  const news = stdout
    .split("\n")
    .filter((text) => text !== "")
    .map((text) => JSON.parse(text));
  return { code, ...news.find(({ type }) => type === "batch_merged" || type === "batch_conflict") };
}

/** Everything of the person's that a merge could disturb. */
async function standing({ repo }: Desk): Promise<string[]> {
  return [
    await repo.git(["symbolic-ref", "HEAD"]),
    await repo.git(["rev-parse", "HEAD"]),
    await repo.git(["status", "--porcelain=v2", "--", ".", ":!work"]),
    await repo.git(["ls-files", "--stage"]),
    readFileSync(join(repo.root, "README.md"), "utf8"),
  ];
}

const show = async ({ repo }: Desk, file: string) => await repo.git(["show", `${BASE}:${file}`]);
const line = async ({ repo }: Desk) =>
  (await repo.git(["log", "--first-parent", "--format=%s", `main..${BASE}`])).split("\n");

test("threads are merged in their order, with whatever git can hold, and nobody's checkout is touched", async () => {
  const desk = await openApproved();
  const { repo, term } = desk;
  await repo.write(".gitattributes", "CHANGES merge=union\n");
  await repo.commit("Before", {
    CHANGES: "old\n",
    "old.txt": "one\ntwo\nthree\nfour\n",
    "run.sh": "#!/bin/sh\n",
    "mine.txt": "mine\n",
  });
  await repo.write("mine.txt", "mine, changed\n");
  await repo.write("staged.txt", "staged\n");
  await repo.git(["add", "staged.txt"]);
  await work(desk, "01.01.01", (path) => {
    put("image.bin", BINARY)(path);
    put("CHANGES", "old\nfirst\n")(path);
    chmodSync(join(path, "run.sh"), 0o755);
  });
  await work(desk, "01.01.02", async (path) => {
    await repo.git(["mv", "old.txt", "new.txt"], { cwd: path });
    put("CHANGES", "old\nsecond\n")(path);
    put("new.txt", "one\ntwo\nthree\nfour\nfive\n")(path);
  });
  const before = await standing(desk);
  await complete(desk, "01.01.01", "01.01.02");
  expect(await merge(desk)).toMatchObject({
    code: 0,
    batch: "01.01",
    branch: BASE,
    merged: ["01.01.01", "01.01.02"],
    takeover: null,
  });
  expect(await standing(desk)).toEqual(before);
  expect(await line(desk)).toEqual(["Merge thread 01.01.02: Page", "Merge thread 01.01.01: Form"]);
  expect((await repo.git(["ls-tree", "--name-only", BASE])).split("\n")).toEqual([
    ".gitattributes",
    "CHANGES",
    "README.md",
    "draft.md",
    "image.bin",
    "mine.txt",
    "new.txt",
    "run.sh",
    "work",
  ]);
  // As the project's attributes ask for.
  expect(await show(desk, "CHANGES")).toBe("old\nfirst\nsecond");
  expect(await repo.git(["ls-tree", BASE, "run.sh"])).toMatch(/^100755/);
  expect(await repo.git(["cat-file", "-s", `${BASE}:image.bin`])).toBe(String(BINARY.length));

  // Again: nothing to do, nothing changed. Then the next batch, from there; a thread without a branch has changed nothing.
  const tip = await repo.git(["rev-parse", BASE]);
  expect(await merge(desk)).toEqual({ code: 0 });
  expect(await repo.git(["rev-parse", BASE])).toBe(tip);
  await complete(desk, "01.02.01");
  expect((await term.run("work multi --batch 1.2")).stderr).toContain(`batch 01.02 brought nothing new to ${BASE}\n`);
  await work(desk, "02.01.01", put("release.txt", "1.0\n"));
  await complete(desk, "02.01.01");
  expect((await term.run("work multi --batch 2.1")).stderr).toContain(
    `batch 02.01 is merged into ${BASE}: 02.01.01\nall batches are merged; take them over with: git merge ${BASE}\n`,
  );
  await repo.git(["merge", "--quiet", BASE]);
  expect(await repo.read("release.txt")).toBe("1.0\n");
});

function withoutAgents({ env }: Desk["term"]) {
  return { PATH: `${env["PATH"]?.split(":")[0]}:/usr/bin:/bin:${dirname(process.execPath)}` };
}

/** Two threads that change the same line, completed. */
async function openConflict(): Promise<Desk> {
  const desk = await openApproved();
  await desk.repo.commit("Before", { "a b.txt": "one\n", "c.txt": "same\n" });
  await work(desk, "01.01.01", put("a b.txt", "first\n"));
  await work(desk, "01.01.02", (path) => {
    put("a b.txt", "second\n")(path);
    put("c.txt", "changed\n")(path);
  });
  await complete(desk, "01.01.01", "01.01.02");
  return desk;
}

describe("a conflict", () => {
  test("comes before the approval of its stage, which would be refused", async () => {
    const desk = await openConflict();
    await merge(desk);
    // Whoever begins without it all the same has that recorded, though no agent is there to run it.
    await desk.term.run("work execute --thread 1.2.1 --force", { env: withoutAgents(desk.term) });
    expect(desk.json("index.json").streams[0].approval.forced).toMatchObject([
      { reason: expect.stringMatching(/^batch 01\.01 comes first, and is not merged: thread 01\.01\.02 does not fit/) },
    ]);
    await complete(desk, "01.02.01");
    expect(await desk.term.fails(1, "work multi --continue")).toMatch(
      /^error: nothing is run yet: the result of stage 01 is not approved, and the merge of batch 01\.01 not resolved\nhint: work fix --merge$/m,
    );
  });

  test("stops the batch, names both threads and the files, is resolved in a workspace, and the rest goes on", async () => {
    const desk = await openConflict();
    const { repo, term, json } = desk;
    const before = await standing(desk);
    expect(await merge(desk)).toMatchObject({
      code: 1,
      type: "batch_conflict",
      batch: "01.01",
      thread: "01.01.02",
      with: ["01.01.01"],
      files: ["a b.txt"],
    });
    expect((await term.run("work multi --batch 1.1")).stderr).toMatch(
      /^batch 01\.01 is not merged: thread 01\.01\.02 does not fit with 01\.01\.01: a b\.txt; `work fix --merge` opens it to be resolved$/m,
    );
    expect(json("index.json").streams[0].merges["01.01"]).toMatchObject({ status: "conflict", thread: "01.01.02" });
    expect(await show(desk, "a b.txt")).toBe("first");
    expect(await term.ok("work status")).toMatch(
      /^conflict +batch 01\.01: thread 01\.01\.02 does not fit with 01\.01\.01: a b\.txt$/m,
    );
    expect((await term.json("work status --json")).conflicts).toMatchObject([{ batch: "01.01", workspace: null }]);

    // Nothing behind it begins, whatever is answered, and the stage cannot be accepted.
    expect(await term.fails(1, "work continue")).toMatch(
      /^error: nothing goes on behind batch 01\.01 before its merge is resolved\nhint: work fix --merge$/m,
    );
    expect(await term.fails(1, "work execute --thread 1.2.1")).toMatch(
      /^error: batch 01\.01 comes first, and is not merged: thread 01\.01\.02 does not fit with 01\.01\.01: a b\.txt\nhint: work fix --merge$/m,
    );
    expect(await term.fails(1, "work approve stage 1")).toMatch(
      /01\.02\.01\.01 not completed; the merge of batch 01\.01 is not resolved/,
    );
    expect(await term.fails(1, "work fix --merged")).toMatch(
      /^error: nobody is at the merge of thread 01\.01\.02\nhint: work fix --merge opens it/,
    );
    const path = await term.ok("work fix --merge");
    expect(readFileSync(join(path, "a b.txt"), "utf8")).toMatch(/^<{7} .*\nfirst\n={7}\nsecond\n>{7} /);
    expect(readFileSync(join(path, "c.txt"), "utf8")).toBe("changed\n");
    expect(await term.ok("work fix --merge --thread 1.1.2")).toBe(path);
    expect(await term.ok("work status")).toMatch(/being resolved in ws-001/);

    expect(await term.fails(1, "work fix --merged")).toMatch(
      /^error: conflicts are not resolved yet: a b\.txt\nhint: edit them in /,
    );
    await repo.git(["add", "."], { cwd: path });
    expect(await term.fails(1, "work fix --merged")).toMatch(/^error: conflicts are not resolved yet: a b\.txt\n/);
    writeFileSync(join(path, "a b.txt"), "both\n");
    await repo.git(["add", "."], { cwd: path });
    expect(await term.ok("work fix --merged")).toBe(`batch 01.01 is merged into ${BASE}: 01.01.02`);
    expect(await show(desk, "a b.txt")).toBe("both");
    expect(await show(desk, "c.txt")).toBe("changed");
    expect(await line(desk)).toEqual(["Merge thread 01.01.02: Page", "Merge thread 01.01.01: Form"]);
    expect(await standing(desk)).toEqual(before);
    expect((await term.json("incr workspace list --json")).workspaces).toMatchObject([{ status: "available" }]);
    expect(await repo.git(["branch", "--list", `incr/stream/${STREAM}/merge-*`])).toBe("");
    expect(await repo.git(["for-each-ref", "refs/incr/rescue"])).toBe("");
    expect(await term.ok("work status")).not.toMatch(/conflict/);
    expect(await term.fails(1, "work fix --merge")).toMatch(/^error: no conflict waits to be resolved/);
  });

  test("that is gone by itself frees nothing that somebody holds, and says so; one opens it at a time", async () => {
    const desk = await openConflict();
    const { repo, term } = desk;
    await merge(desk);
    const wait = join(repo.dir, "wait");
    const first = term.start("work fix --merge", { env: { INCR_FAULT_PAUSE: `take:reserved=${wait}` } });
    await waitFor("the first to have its workspace", () => existsSync(`${wait}.reached`));
    const path = await term.ok("work fix --merge");
    writeFileSync(wait, "");
    expect(await first.finished).toMatchObject({
      code: 4,
      stderr: expect.stringMatching(/somebody else has opened the merge of thread 01\.01\.02 just now/),
    });
    writeFileSync(join(path, "a b.txt"), "half\n");
    await repo.git(["update-ref", `refs/heads/incr/stream/${STREAM}/t-01.01.02`, "main"]);
    expect((await term.run("work multi --batch 1.1")).stderr).toMatch(
      /^batch 01\.01 does not conflict any more; `incr workspace release ws-00\d` gives back where it was being resolved$/m,
    );
    expect(readFileSync(join(path, "a b.txt"), "utf8")).toBe("half\n");
  });

  test("may be committed by whoever resolves it, and may be opened again when the workspace was given back", async () => {
    const desk = await openConflict();
    const { repo, term } = desk;
    await merge(desk);
    const first = await term.ok("work fix --merge");
    writeFileSync(join(first, "a b.txt"), "half\n");
    await term.ok("incr workspace release ws-001");
    const { path } = await term.json("work fix --merge --json");
    expect(readFileSync(join(path, "a b.txt"), "utf8")).toMatch(/^<{7} /);
    expect(await repo.git(["for-each-ref", "--format=%(refname)", "refs/incr/rescue"])).toMatch(/ws-001/);
    await repo.git(["merge", "--abort"], { cwd: path });
    expect(await term.fails(1, "work fix --merged")).toMatch(
      /does not have the work of thread 01\.01\.02 in it\nhint: git -C \S+ merge /,
    );
    await repo.git(["merge", "-X", "theirs", "-q", "-m", "By hand", `incr/stream/${STREAM}/t-01.01.02`], { cwd: path });
    // Where whoever resolves it stands.
    await term.in(path).ok("work fix --merged");
    expect(await line(desk)).toEqual(["By hand", "Merge thread 01.01.01: Form"]);
    expect(await show(desk, "a b.txt")).toBe("second");
  });

  test("with what somebody else put on the stream's branch is told as that; the branch may move while it is resolved", async () => {
    const desk = await openApproved();
    const { repo, term } = desk;
    await repo.commit("Before", { "a.txt": "one\n" });
    await work(desk, "01.01.01", put("a.txt", "first\n"));
    await complete(desk, "01.01.01", "01.01.02");
    await repo.git(["branch", BASE, "main"]);
    const commitOn = async (file: string, text: string) => {
      const path = join(repo.dir, "person");
      await repo.git(["worktree", "add", "--quiet", "--force", path, BASE]);
      writeFileSync(join(path, file), text);
      await repo.git(["add", "."], { cwd: path });
      await repo.git(["commit", "-q", "-m", `Mine: ${file}`], { cwd: path });
      await repo.git(["worktree", "remove", path]);
    };
    await commitOn("a.txt", "mine\n");
    expect((await term.run("work multi --batch 1.1")).stderr).toMatch(
      /thread 01\.01\.01 does not fit with what somebody else put on the stream's branch: a\.txt/,
    );
    const path = await term.ok("work fix --merge");
    writeFileSync(join(path, "a.txt"), "mine and first\n");
    // Whoever commits it themselves is offered the title that all merges have.
    await repo.git(["commit", "-q", "-a", "--no-edit"], { cwd: path });
    expect(await repo.git(["log", "-1", "--format=%s", "HEAD"], { cwd: path })).toBe("Merge thread 01.01.01: Form");
    await commitOn("other.txt", "other\n");
    await repo.git(["worktree", "add", "--quiet", join(repo.dir, "elsewhere"), BASE]);
    expect(await term.fails(4, "work fix --merged")).toMatch(/elsewhere switch --detach, then work fix --merged\n$/);
    await repo.git(["worktree", "remove", join(repo.dir, "elsewhere")]);
    await term.ok("work fix --merged");
    expect(await show(desk, "a.txt")).toBe("mine and first");
    expect(await show(desk, "other.txt")).toBe("other");
  });
});

test("a conflict of a batch that was left in part is over when it is resolved, or its thread is not wanted any more", async () => {
  const desk = await openApproved();
  const { repo, term } = desk;
  const conflicts = async () => (await term.json("work status --json")).conflicts;
  const mergePart = async () => await term.run("work multi --batch 1.1 --skip-broken");
  await work(desk, "01.01.02", put("a.txt", "page\n"));
  // Somebody's commit on the stream's branch
  await repo.git(["worktree", "add", "--quiet", "-b", BASE, join(repo.dir, "mine"), "main"]);
  await repo.write("../mine/a.txt", "mine\n");
  await repo.git(["add", "."], { cwd: join(repo.dir, "mine") });
  await repo.git(["commit", "--quiet", "-m", "Mine"], { cwd: join(repo.dir, "mine") });
  await repo.git(["worktree", "remove", join(repo.dir, "mine")]);
  await term.ok("work update --thread 1.1.1 --status blocked");
  await complete(desk, "01.01.02");
  await mergePart();
  expect(await conflicts()).toMatchObject([{ batch: "01.01", thread: "01.01.02", with: [] }]);

  // Nobody is sent to resolve what is not to be merged.
  await term.ok("work update --thread 1.1.2 --status cancelled");
  expect(await term.fails(1, "work fix --merge")).toBe(
    "thread 01.01.02 does not keep batch 01.01 from being merged any more: it is not completed any more\nerror: no conflict waits to be resolved\nhint: work status\n",
  );
  expect(await conflicts()).toEqual([]);

  await complete(desk, "01.01.02");
  await mergePart();
  // Whoever gives the workspace back is at it no more.
  await term.ok("work fix --merge");
  expect(await term.json("work status --json")).toMatchObject({
    conflicts: [{ workspace: "ws-001" }],
    next: "work fix --merged",
  });
  await term.ok("incr workspace release ws-001");
  await term.ok("work update --task 1.2.1.1 --report later");
  expect(await term.json("work status --json")).toMatchObject({
    conflicts: [{ workspace: null }],
    next: "work fix --merge",
  });
  const path = await term.ok("work fix --merge");
  writeFileSync(join(path, "a.txt"), "both\n");
  await repo.git(["add", "."], { cwd: path });
  expect(await term.ok("work fix --merged")).toBe(`batch 01.01 is merged into ${BASE}: 01.01.02`);
  expect([await show(desk, "a.txt"), await conflicts()]).toEqual(["both", []]);
  expect(desk.json("index.json").streams[0].merges).toEqual({});
  expect((await term.run("work continue --abort")).stderr).toBe(
    "failed: 01.01.01 is blocked; next: work list --status blocked\n",
  );

  // Other work of the thread is tried when its turn comes, and what somebody has merged is merged.
  const branch = `refs/heads/incr/stream/${STREAM}/t-01.01.02`;
  const other = await repo.git([
    "commit-tree",
    "-p",
    "main",
    "-m",
    "Other",
    `${await repo.git(["rev-parse", branch])}^{tree}`,
  ]);
  await repo.git(["update-ref", branch, other]);
  await mergePart();
  expect(await conflicts()).toHaveLength(1);
  await repo.git(["update-ref", branch, "main"]);
  expect((await term.run("work fix")).stderr).toContain("its work is another by now\n");
  expect(await conflicts()).toEqual([]);
});

test("what is added to a batch after it was merged is merged, too", async () => {
  const desk = await openApproved();
  const { repo, term } = desk;
  const status = async () => await term.json("work status --json");
  await work(desk, "01.01.01", put("a.txt", "a\n"));
  await complete(desk, "01.01.01", "01.01.02", "01.02.01", "02.01.01");
  expect(await merge(desk)).toMatchObject({ code: 0, merged: ["01.01.01"] });
  expect(await status()).toMatchObject({ merged: ["01.01"] });

  await term.ok("work add-thread --stage 1 --batch 1 --name Extra --summary S --details D && work approve plan");
  desk.write(
    `${STREAM}/TASKS.md`,
    desk.read(`${STREAM}/TASKS.md`).replace(/^(- \[ \] Task 01\.01\.03\.01:)$/m, "$1 Do it"),
  );
  // Nobody has done what has no tasks yet.
  expect(await term.fails(1, "work approve stage 1")).toBe(
    "error: stage 01 cannot be approved yet: 01.01.03 without tasks\nhint: work approve plan, fill TASKS.md, then work approve tasks\n",
  );
  await term.ok("work approve tasks");
  await work(desk, "01.01.03", put("extra.txt", "extra\n"));
  expect(await status()).toMatchObject({ merged: [] });
  await complete(desk, "01.01.03");
  await term.ok("work approve stage 1 && work approve stage 2");
  expect(await status()).toMatchObject({ merged: [], next: "work continue" });
  const { stderr } = await term.run("work multi --continue");
  expect(stderr).toContain(`batch 01.01 is merged into ${BASE}: 01.01.03\n`);
  expect(await line(desk)).toEqual(["Merge thread 01.01.03: Extra", "Merge thread 01.01.01: Form"]);
  expect(await status()).toMatchObject({ merged: ["01.01", "01.02", "02.01"], next: `git merge ${BASE}` });
  // And nothing of it a second time
  expect((await term.run("work multi --continue")).stderr).not.toContain("batch 01.01");
  await repo.git(["merge", "--quiet", BASE]);
  expect(await status()).toMatchObject({ next: null });
});

test.each(["stream:branched", "merge:committed", "merge:moved"])(
  "a merge that is killed at %s is done again, and gives the same",
  async (point) => {
    const desk = await openApproved();
    const { repo, term } = desk;
    await work(desk, "01.01.01", put("a.txt", "a\n"));
    await work(desk, "01.01.02", put("b.txt", "b\n"));
    await complete(desk, "01.01.01", "01.01.02");
    const killed = await term.run("work multi --batch 1.1", { env: { INCR_FAULT: point } });
    expect(killed.code).toBe(137);
    await merge(desk);
    expect(await line(desk)).toEqual(["Merge thread 01.01.02: Page", "Merge thread 01.01.01: Form"]);
    expect([await show(desk, "a.txt"), await show(desk, "b.txt")]).toEqual(["a", "b"]);
    expect(desk.json("index.json").streams[0]).toMatchObject({
      branch: { name: BASE, base: await repo.git(["rev-parse", "main"]), tip: await repo.git(["rev-parse", BASE]) },
      merges: { "01.01": { status: "merged" } },
    });
  },
);

test.each(["take:prepared", "merge:resolved", "release:begun"])(
  "a resolution that is killed at %s can be taken up again",
  async (point) => {
    const desk = await openConflict();
    const { repo, term } = desk;
    await merge(desk);
    const env = { INCR_FAULT: point };
    if (point.startsWith("take:")) await term.run("work fix --merge", { env });
    const path = await term.ok("work fix --merge");
    writeFileSync(join(path, "a b.txt"), "both\n");
    await repo.git(["add", "."], { cwd: path });
    if (!point.startsWith("take:")) {
      await term.run("work fix --merged", { env });
      const again = await term.run("work fix --merged");
      if (again.code !== 0)
        expect((await term.run("work multi --batch 1.1")).stderr).not.toContain("does not conflict any more");
    } else await term.ok("work fix --merged");
    expect(await show(desk, "a b.txt")).toBe("both");
    expect(desk.json("index.json").streams[0].merges["01.01"].status).toBe("merged");
    expect(await repo.git(["branch", "--list", `incr/stream/${STREAM}/merge-*`])).toBe("");
    const { workspaces } = await term.json("incr workspace list --json");
    expect(workspaces.every(({ status }: any) => status === "available")).toBe(true);
  },
);

test("two that merge at once merge once, and a batch begins behind those in front of it", async () => {
  const desk = await openApproved();
  const { repo, term } = desk;
  await work(desk, "01.01.01", put("a.txt", "a\n"));
  await work(desk, "01.01.02", put("b.txt", "b\n"));
  await complete(desk, "01.01.01", "01.01.02");
  const wait = join(repo.dir, "wait");
  const slow = term.start("work multi --batch 1.1", { env: { INCR_FAULT_PAUSE: `merge:tried=${wait}` } });
  await waitFor("the first to have looked", () => existsSync(`${wait}.reached`));
  // No agent is there to run it, but what it needs is merged before that is found out.
  expect((await term.run("work execute --thread 1.2.1", { env: withoutAgents(term) })).stderr).toContain(
    `batch 01.01 is merged into ${BASE}: 01.01.01, 01.01.02\n`,
  );
  writeFileSync(wait, "");
  expect((await slow.finished).code).toBe(0);
  expect(await line(desk)).toEqual(["Merge thread 01.01.02: Page", "Merge thread 01.01.01: Form"]);

  const left = await repo.git(["rev-parse", BASE]);
  await repo.git(["branch", "-f", BASE, "main"]);
  await complete(desk, "01.02.01");
  const { stderr } = await term.run("work multi --batch 2.1", { env: withoutAgents(term) });
  expect(stderr).toContain(
    `warning: ${BASE} was moved, and has no more in it what was merged into it; \`git branch -f ${BASE} ${left.slice(0, 12)}\` puts it back\n`,
  );
  expect(desk.json("index.json").streams[0].merges).toHaveProperty(["01.02", "status"], "merged");
});

test("the stream's branch may be moved, deleted or checked out by a person", async () => {
  const desk = await openApproved();
  const { repo, term } = desk;
  await work(desk, "01.01.01", put("a.txt", "a\n"));
  await complete(desk, "01.01.01", "01.01.02");
  await merge(desk);
  const left = await repo.git(["rev-parse", BASE]);
  await repo.git(["branch", "-D", BASE]);
  await repo.git(["branch", `incr/stream/${STREAM}/t-01.02.01`, left]);
  await complete(desk, "01.02.01");
  expect((await term.run("work multi --batch 1.2")).stderr).toMatch(
    /was deleted; it is made again at [0-9a-f]{12}, where it was left/,
  );
  expect(await repo.git(["rev-parse", BASE])).toBe(left);

  await repo.git(["branch", "-D", `incr/stream/${STREAM}/t-01.02.01`]);
  await work(desk, "02.01.01", put("b.txt", "b\n"));
  await complete(desk, "02.01.01");
  await repo.git(["switch", "-q", BASE]);
  const before = await standing(desk);
  expect(await term.fails(4, "work multi --batch 2.1")).toMatch(
    /^error: incr\/stream\/001-login\/base is checked out in \S+, and cannot be moved under it\nhint: git -C \S+ switch --detach, then work continue\n$/m,
  );
  expect(await standing(desk)).toEqual(before);
  await repo.write("mine.txt", "mine\n");
  await repo.git(["add", "mine.txt"]);
  await repo.git(["commit", "-q", "-m", "Mine"]);
  await repo.git(["switch", "-q", "main"]);
  expect((await merge(desk, "02.01")).takeover).toBe(`git merge ${BASE}`);
  expect(await show(desk, "mine.txt")).toBe("mine");
  expect(await show(desk, "b.txt")).toBe("b");
});
