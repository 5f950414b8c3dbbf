/** `incr state import`: records of other state files, in every shape that the shared format has. */
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { makeRepo, type TestRepo } from "../support/repo.ts";
import { makeTempDir } from "../support/temp.ts";
import { openTerminal, type Terminal } from "../support/terminal.ts";
import { doctor, fingerprint, makeHouse, readState } from "../doctor/support.ts";

let repo: TestRepo;
let terminal: Terminal;
let dir: string;
beforeEach(async () => {
  repo = await makeRepo();
  terminal = openTerminal(repo);
  dir = makeTempDir();
});

/** Writes a state file as other implementations do: an indent of two, no version. */
function write(state: unknown, name = "theirs.json"): string {
  const file = join(dir, name);
  writeFileSync(file, typeof state === "string" ? state : JSON.stringify(state, null, 2));
  return file;
}

const slugOf = (path: string) =>
  path
    .toLowerCase()
    .slice(1)
    .replaceAll("/", "-")
    .replaceAll(/[^a-z0-9-]/g, "")
    .replaceAll(/-+/g, "-");

/** What another implementation knew of a repository: every collection, active and finished. */
function theirs(root: string, slug = slugOf(root)) {
  const times = {
    created_at: "2026-01-05T10:00:00.123456789+01:00",
    started_at: "2026-01-05T10:00:00Z",
    updated_at: "2026-01-05T11:00:00Z",
  };
  const unset = "0001-01-01T00:00:00Z";
  return {
    repos: { [slug]: { source_path: root, theirs: true } },
    workspaces: {
      [`${slug}/ws-001`]: {
        name: "ws-001",
        repo: slug,
        path: join(dir, "ws-001"),
        purpose: "x",
        status: "acquired",
        ...times,
        acquired_by_pid: 4711,
        acquired_at: times.updated_at,
        provisioned: true,
      },
      [`${slug}/ws-002`]: {
        name: "ws-002",
        repo: slug,
        path: join(dir, "ws-002"),
        status: "available",
        ...times,
        acquired_at: unset,
        provisioned: true,
      },
      [`${slug}/ws-003`]: {
        name: "ws-003",
        repo: slug,
        path: join(dir, "gone"),
        status: "available",
        ...times,
        provisioned: true,
      },
    },
    sessions: {
      [`${slug}/aaaaaaaa`]: {
        id: "aaaaaaaa",
        repo: slug,
        todo_id: "todo1",
        workspace_name: "ws-001",
        status: "active",
        topic: "work",
        ...times,
      },
      [`${slug}/bbbbbbbb`]: {
        id: "bbbbbbbb",
        repo: slug,
        todo_id: "todo2",
        workspace_name: "ws-002",
        status: "completed",
        topic: "done",
        ...times,
        completed_at: times.updated_at,
        exit_code: 0,
        duration_seconds: 3600,
        more: [1],
      },
    },
    opencode_sessions: {
      [`${slug}/cccccccc`]: {
        id: "cccccccc",
        repo: slug,
        status: "killed",
        ...times,
        completed_at: unset,
        exit_code: 137,
      },
    },
    jobs: {
      [`${slug}/dddddddd`]: {
        id: "dddddddd",
        repo: slug,
        todo_id: "todo3",
        stage: "reviewing",
        status: "failed",
        ...times,
        opencode_sessions: null,
        changes: null,
      },
    },
  };
}

test("takes over what is not known, and says what; doing it twice is doing it once", async () => {
  mkdirSync(join(dir, "ws-002"));
  const file = write(theirs(repo.root));
  const before = fingerprint({ repo });
  const planned = await terminal.json(`incr state import ${file} --dry-run --json`);
  expect(fingerprint({ repo })).toEqual(before);
  const answer = await terminal.json(`incr state import ${file} --json`);
  expect(answer).toEqual({ ...planned, dry_run: false });
  const slug = slugOf(repo.root);
  const none = { added: 0, finished: 0, existing: 0, skipped: 0 };
  expect(answer).toMatchObject({
    file,
    repositories: [{ from: slug, repo: slug, source_path: repo.root, added: true }],
    counts: {
      workspaces: { ...none, added: 2, skipped: 1 },
      sessions: { ...none, added: 2, finished: 1 },
      opencode_sessions: { ...none, added: 1, finished: 1 },
      jobs: { ...none, added: 1, finished: 1 },
    },
    skipped: [{ collection: "workspaces", key: `${slug}/ws-003`, why: expect.stringContaining("its folder is gone") }],
  });
  expect(await terminal.ok("incr session list --all")).toMatch(/todo1.*active.*\n.*todo2.*completed/);
  const after = fingerprint({ repo });
  const again = await terminal.json(`incr state import ${file} --json`);
  expect(again.counts).toMatchObject({
    sessions: { ...none, existing: 2 },
    workspaces: { ...none, existing: 2, skipped: 1 },
  });
  expect(again.repositories).toMatchObject([{ added: false }]);
  expect(fingerprint({ repo })).toEqual(after);
});

test("tells it to a person as a table", async () => {
  mkdirSync(join(dir, "ws-002"));
  const file = write(theirs(repo.root));
  expect(await terminal.ok(`incr state import ${file} --dry-run`)).toBe(
    [
      "                NEW  OF THESE FINISHED  KNOWN ALREADY  SKIPPED",
      "repositories      1                  0              0        0",
      "workspaces        2                  0              0        1",
      "sessions          2                  1              0        0",
      "agent sessions    1                  1              0        0",
      "jobs              1                  1              0        0",
      `skipped workspaces ${slugOf(repo.root)}/ws-003: nobody holds it, and its folder is gone: ${join(dir, "gone")}`,
      `nothing was changed; \`incr state import ${file}\` takes over 7 records`,
    ].join("\n"),
  );
  expect(await terminal.ok(`incr state import ${file}`)).toMatch(/\ntook over 7 records of /);
  expect(await terminal.ok(`incr state import ${file}`)).toMatch(/\nnothing was new$/);
});

test("what somebody holds stays held, by nobody knows whom; unknown keys stay, finished records go to history", async () => {
  mkdirSync(join(dir, "ws-002"));
  const slug = slugOf(repo.root);
  await terminal.ok(`incr state import ${write(theirs(repo.root))}`);
  expect(readState({ repo }).workspaces[`${slug}/ws-001`]).toMatchObject({ status: "acquired", acquired_by_pid: 4711 });
  expect(await terminal.ok("incr workspace list")).toMatch(/ws-001 +acquired +pid 4711/);
  const taken = await terminal.ok("incr workspace acquire --purpose mine");
  expect(taken).not.toBe(join(dir, "ws-001"));
  // That save has moved the finished ones.
  const state = readState({ repo });
  expect(Object.keys(state.sessions)).toEqual([`${slug}/aaaaaaaa`]);
  expect([state.jobs, state.opencode_sessions]).toEqual([{}, {}]);
  expect(state.repos[slug]).toMatchObject({ source_path: repo.root, theirs: true });
  const line = JSON.parse(readFileSync(join(repo.stateDir, "history/sessions.jsonl"), "utf8"));
  expect(line.record).toMatchObject({ id: "bbbbbbbb", exit_code: 0, more: [1] });
  expect((await doctor(terminal)).findings.map(({ code }) => code)).toContain("holder_unknown");
});

test("existing records win", async () => {
  const house = await makeHouse();
  const slug = Object.keys(readState(house).repos)[0] as string;
  const before = readState(house);
  const other = theirs(house.repo.root, slug);
  const own = before.sessions[`${slug}/${house.session}`];
  // The same session told otherwise, another one on its todo, and a workspace of the same name elsewhere, with a session in it.
  const file = write({
    ...other,
    sessions: {
      [`${slug}/${house.session}`]: { ...own, topic: "told otherwise" },
      [`${slug}/eeeeeeee`]: { ...other.sessions[`${slug}/aaaaaaaa`], id: "eeeeeeee", todo_id: house.todo },
      [`${slug}/aaaaaaaa`]: other.sessions[`${slug}/aaaaaaaa`],
    },
  });
  const { counts, skipped } = await house.terminal.json(`incr state import ${file} --json`);
  expect(counts.sessions).toEqual({ added: 1, finished: 0, existing: 1, skipped: 1 });
  expect(skipped).toContainEqual({
    collection: "sessions",
    key: `${slug}/eeeeeeee`,
    why: `it is active, and its todo is held by session ${house.session}`,
  });
  const after = readState(house);
  expect(after.sessions[`${slug}/${house.session}`]).toEqual(own);
  expect(after.workspaces[`${slug}/ws-001`]).toEqual(before.workspaces[`${slug}/ws-001`]);
  expect(after.workspaces[`${slug}/ws-003`]).toMatchObject({ path: join(dir, "ws-001"), acquired_by_pid: 4711 });
  expect(after.sessions[`${slug}/aaaaaaaa`]).toMatchObject({ workspace_name: "ws-003" });
});

test("a slug that another repository has is replaced in every key; one repository at two paths is one", async () => {
  // Both sanitise to the same slug.
  const [plain, dotted] = [join(dir, "app"), join(dir, "a.pp")];
  for (const root of [plain, dotted]) {
    mkdirSync(root);
    await repo.git(["init", "--quiet", root]);
  }
  await terminal.in(plain).ok("incr workspace acquire --purpose x");
  const slug = slugOf(plain);
  expect(slugOf(dotted)).toBe(slug);
  symlinkSync(dotted, join(dir, "link"));
  const from = theirs(dotted, slug);
  const again = theirs(join(dir, "link"), "elsewhere");
  const file = write({
    repos: { ...from.repos, ...again.repos },
    sessions: {
      ...from.sessions,
      "elsewhere/ffffffff": { ...again.sessions["elsewhere/aaaaaaaa"], id: "ffffffff", todo_id: "t9" },
    },
  });
  const { repositories } = await terminal.json(`incr state import ${file} --json`);
  expect(repositories).toEqual([
    { from: slug, repo: `${slug}-2`, source_path: dotted, added: true },
    { from: "elsewhere", repo: `${slug}-2`, source_path: dotted, added: false },
  ]);
  const { sessions } = readState({ repo });
  expect(sessions).toMatchObject({
    [`${slug}-2/aaaaaaaa`]: { repo: `${slug}-2`, id: "aaaaaaaa" },
    [`${slug}-2/ffffffff`]: { repo: `${slug}-2` },
  });
  expect((await terminal.in(dotted).json("incr session list --all --json")).sessions).toHaveLength(3);
  expect((await terminal.in(plain).json("incr session list --all --json")).sessions).toHaveLength(0);
});

test("records of a repository that the file does not name are counted, not lost silently", async () => {
  const { sessions } = theirs(repo.root, "nowhere");
  const { counts, skipped } = await terminal.json(`incr state import ${write({ sessions })} --json`);
  expect(counts.sessions).toEqual({ added: 0, finished: 0, existing: 0, skipped: 2 });
  expect(skipped[0].why).toBe("the file does not say where its repository nowhere is");
});

describe("files", () => {
  test.each([
    ["{}", "an empty object"],
    ["null", "null"],
    ['{"repos": null, "jobs": null}', "null collections"],
    ['{"repos": {}, "future": {"a": 1}}', "unknown collections"],
  ])("%s is empty", async (text) => {
    const { repositories } = await terminal.json(`incr state import ${write(text)} --json`);
    expect(repositories).toEqual([]);
  });

  test.each([
    ["", /is empty \(0 bytes\)/],
    ['{"repos": {', /is not JSON: .* at line 1, column 12/],
    ['{"repos": {"a": {"source_path": 3}}}', /has the wrong shape at repos\.a\.source_path/],
    ["[]", /has the wrong shape/],
  ])("%j is refused, and nothing changes", async (text, message) => {
    const before = fingerprint({ repo });
    const stderr = await terminal.fails(1, `incr state import ${write(text)}`);
    expect(stderr).toMatch(message);
    expect(stderr).toMatch(/\nhint: mend the file first; nothing was changed\n$/);
    expect(fingerprint({ repo })).toEqual(before);
  });

  test("one of a newer version, one that is not there, and a folder are refused", async () => {
    expect(await terminal.fails(6, `incr state import ${write({ version: 2 })}`)).toContain("newer version");
    expect(await terminal.fails(3, `incr state import ${join(dir, "none.json")}`)).toContain("there is no file");
    expect(await terminal.fails(1, `incr state import ${dir}`)).toMatch(/^error: cannot read /);
    expect(await terminal.fails(2, "incr state import")).toContain("missing <file>");
  });

  test("paths are relative to where one stands, and outside of a repository too", async () => {
    write(theirs(repo.root));
    const { file } = await terminal.in(dir).json("incr state import theirs.json --json");
    expect(file).toBe(join(dir, "theirs.json"));
  });

  test("a damaged state of our own is not written over", async () => {
    const house = await makeHouse();
    const own = join(house.repo.stateDir, "state.json");
    writeFileSync(own, "{");
    expect(await house.terminal.fails(1, `incr state import ${write(theirs(house.repo.root))}`)).toContain(
      "incr doctor --fix",
    );
    expect(readFileSync(own, "utf8")).toBe("{");
  });
});

test("ten thousand finished records are taken over in one go", async () => {
  const slug = slugOf(repo.root);
  const finished = Object.values(theirs(repo.root).sessions).find(({ status }) => status === "completed");
  const sessions = Object.fromEntries(
    Array.from({ length: 10_000 }, (_, number) => {
      const id = `s${String(number).padStart(7, "0")}`;
      return [`${slug}/${id}`, { ...finished, id }];
    }),
  );
  const file = write({ repos: theirs(repo.root).repos, sessions });
  const { counts } = await terminal.json(`incr state import ${file} --json`);
  expect(counts.sessions).toMatchObject({ added: 10_000, finished: 10_000 });
  await terminal.ok("incr workspace acquire --purpose x");
  expect(readState({ repo }).sessions).toEqual({});
  const again = await terminal.json(`incr state import ${file} --json`);
  expect(again.counts.sessions).toMatchObject({ added: 0, existing: 10_000 });
});
