/** `incr doctor`: what it finds, that it only reads without `--fix`, and that `--fix` ends it without losing anything. */
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
  chmodSync,
  statSync,
  symlinkSync,
} from "node:fs";
import { join } from "node:path";
import { beforeEach, describe, expect, test } from "vitest";
import { withLock } from "../../src/store/lock.ts";
import { runIncr } from "../support/incr.ts";
import { lacks } from "../support/programs.ts";
import { makeRepo } from "../support/repo.ts";
import { openTerminal } from "../support/terminal.ts";
import { makeTempDir } from "../support/temp.ts";
import { waitFor } from "../support/wait.ts";
import { codes, doctor, editState, expectRepair, fingerprint, makeHouse, readState, type House } from "./support.ts";

let house: House;
beforeEach(async () => {
  house = await makeHouse();
});

describe("a healthy house", () => {
  test("is healthy, and looking changes nothing", async () => {
    const before = fingerprint(house);
    const report = await doctor(house.terminal);
    expect(report).toMatchObject({ code: 0, healthy: true, findings: [], repaired: [], skipped: [], stderr: "" });
    expect(fingerprint(house)).toEqual(before);
    expect(await house.terminal.ok("incr doctor")).toMatch(/^healthy: \d+ areas were looked at$/);
    expect((await doctor(house.terminal, "--fix")).repaired).toEqual([]);
    expect(fingerprint(house)).toEqual(before);
  });

  test("also with its folders behind symbolic links, where done needs no id", async () => {
    const repo = await makeRepo();
    for (const name of ["state", "data"]) {
      mkdirSync(join(repo.dir, `real ${name}`), { mode: 0o700 });
      symlinkSync(join(repo.dir, `real ${name}`), join(repo.dir, name));
    }
    const terminal = openTerminal(repo);
    const id = (await terminal.json("incr todo create 'Fix it' --json")).todo.id;
    const path = await terminal.ok(`incr session start ${id}`);
    expect(path.startsWith(join(repo.dir, "real data"))).toBe(true);
    expect((await doctor(terminal)).findings).toEqual([]);
    expect(await terminal.in(path).ok("incr session done")).toContain("completed");
    expect((await doctor(terminal)).findings).toEqual([]);
  });

  test("outside of a repository only the machine is looked at", async () => {
    const outside = house.terminal.in(makeTempDir());
    const { checked, skipped } = await doctor(outside);
    expect(checked).toContain("state");
    expect(skipped.map(({ area }) => area)).toContain("todos");
    expect(await outside.ok("incr doctor")).toMatch(/^healthy: \d+ areas were looked at, none of a repository$/);
  });

  test("a machine on which nothing was ever done is healthy, and stays as it is", async () => {
    const fresh = await makeRepo();
    const before = fingerprint({ repo: fresh });
    expect(await doctor(openTerminal(fresh))).toMatchObject({ code: 0, healthy: true, findings: [] });
    expect(fingerprint({ repo: fresh })).toEqual(before);
    expect(existsSync(fresh.stateDir)).toBe(false);
  });
});

test("a finding says what it is, what it means, and what would be done about it", async () => {
  chmodSync(house.repo.stateDir, 0o755);
  const { code, stdout } = await house.terminal.run("incr doctor");
  expect({ code, stdout }).toEqual({
    code: 1,
    stdout: [
      `warning  ${house.repo.stateDir} has the permissions 0755 instead of 0700`,
      "         Other users of this machine can look into it.",
      "         --fix: chmod 0700",
      "",
      "1 warning",
      "incr doctor --fix repairs 1 of 1",
      "",
    ].join("\n"),
  });
  expect((await house.terminal.ok("incr doctor --fix")).replace(/\d+ areas/, "all areas")).toBe(
    [
      `repaired ${house.repo.stateDir} has the permissions 0755 instead of 0700`,
      `         chmod 0700 ${house.repo.stateDir}`,
      "",
      "healthy: all areas were looked at",
    ].join("\n"),
  );
});

describe("what all of it stands on", () => {
  test("a git that is too old, and none at all", async () => {
    const { terminal } = house;
    const bin = makeTempDir();
    const real = await terminal.ok("command -v git");
    const fake = `#!/bin/sh\n[ "$1" = --version ] && { echo 'git version 2.20.1'; exit; }\nexec ${real} "$@"\n`;
    writeFileSync(join(bin, "git"), fake, { mode: 0o755 });
    terminal.env = { ...terminal.env, PATH: `${bin}:${terminal.env["PATH"]}` };
    expect((await doctor(terminal)).findings).toMatchObject([
      { code: "git_old", severity: "warning", message: "git is 2.20.1; incr is made for 2.38 and newer" },
    ]);
    // The program itself is started by its path, so that PATH may hold no git.
    const outside = makeTempDir();
    const env = { ...terminal.env, PATH: outside };
    const { code, stdout } = await runIncr(["doctor", "--json"], { cwd: outside, env });
    expect(code).toBe(1);
    expect(JSON.parse(stdout).findings).toMatchObject([{ code: "git_missing", severity: "error" }]);
    const inside = await runIncr(["doctor", "--json"], { cwd: house.repo.root, env });
    expect(inside.stderr).toBe("");
    expect(JSON.parse(inside.stdout).findings[0]).toMatchObject({ code: "git_missing" });
  });

  test("a lock that somebody has held for long is told of, and nobody waits for it", async () => {
    const path = join(house.repo.stateDir, "state.lock");
    const held = { holder: "incr session start", now: () => new Date(Date.now() - 600_000) };
    await withLock(path, held, async () => {
      const { findings } = await doctor(house.terminal);
      expect(findings).toMatchObject([
        { code: "lock_held", severity: "note", about: path, hint: `ps -fp ${process.pid}` },
      ]);
    });
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });

  test("locks of git on refs that nobody can be at any more are told of", async () => {
    const [young, old] = ["refs/heads/main.lock", "packed-refs.lock"].map((name) =>
      join(house.repo.root, ".git", name),
    ) as [string, string];
    writeFileSync(young, "");
    writeFileSync(old, "");
    const since = new Date(Date.now() - 600_000);
    utimesSync(old, since, since);
    expect((await doctor(house.terminal)).findings).toMatchObject([
      { code: "git_lock_left", severity: "warning", about: old, hint: `if no git is at work here: rm '${old}'` },
    ]);
    rmSync(young);
    rmSync(old);
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });
});

describe("files of ours", () => {
  test("permissions of folders and files", async () => {
    chmodSync(join(house.repo.stateDir, "state.json"), 0o644);
    expect(await expectRepair(house, "permissions", join(house.repo.stateDir, "state.json"))).toMatch(/^chmod 0600 /);
    expect(statSync(join(house.repo.stateDir, "state.json")).mode & 0o777).toBe(0o600);
    // What is in a workspace is the user's affair.
    chmodSync(house.path, 0o755);
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });

  test.skipIf(process.getuid?.() === 0 && lacks("setpriv")).each([
    ["state", 0o000, ["history", "state"]],
    ["state", 0o500, []],
    ["state/state.json", 0o000, ["state"]],
    ["data/workspaces", 0o000, ["folders of workspaces", "ws-001", "ws-002"]],
  ] as const)("%s with the mode %o is said without breaking down, and mended", async (name, mode, about) => {
    const path = join(house.repo.dir, name);
    // root may read everything, unless it gives that up.
    const bare =
      process.getuid?.() === 0 ? "setpriv --bounding-set=-dac_override,-dac_read_search,-fowner --inh-caps=-all " : "";
    chmodSync(path, mode);
    const { code, stdout, stderr } = await house.terminal.run(`${bare}incr doctor --json`);
    expect({ code, stderr }).toEqual({ code: 1, stderr: "" });
    const { findings } = JSON.parse(stdout);
    expect(findings).toContainEqual(expect.objectContaining({ code: "permissions", about: path }));
    for (const one of about) expect(JSON.stringify(findings)).toContain(one);
    expect((await house.terminal.run(`${bare}incr status`)).stderr).not.toMatch(/\n\s+at /);
    expect(await house.terminal.ok(`${bare}incr doctor --fix`)).toContain("healthy");
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });

  test("what killed writers left over, and nothing that a living one may have", async () => {
    const old = new Date(Date.now() - 3_600_000);
    const leftovers = [
      join(house.repo.stateDir, ".state.json.123-abc.tmp"),
      join(house.repo.root, ".git/worktrees/ws-001/incr-index-Ab12cd"),
    ];
    writeFileSync(leftovers[0]!, "half");
    mkdirSync(leftovers[1]!);
    for (const path of leftovers) utimesSync(path, old, old);
    const young = join(house.repo.stateDir, ".state.json.124-abc.tmp");
    writeFileSync(young, "being written");
    await expectRepair(house, "leftovers", "2 files");
    expect(leftovers.map(existsSync)).toEqual([false, false]);
    expect(existsSync(young)).toBe(true);
  });

  test("the name of a lock's holder who died", async () => {
    const lock = join(house.repo.stateDir, "state.lock");
    writeFileSync(lock, JSON.stringify({ pid: 1, command: "incr session start", since: "2026-01-07T14:30:00.000Z" }));
    const { findings } = await doctor(house.terminal);
    expect(findings).toMatchObject([{ code: "lock_holder_died", severity: "note", about: lock }]);
    await expectRepair(house, "lock_holder_died", lock);
    expect(readFileSync(lock, "utf8")).toBe("");
  });

  test("lines of history that cannot be read are kept beside it", async () => {
    await house.terminal.ok(`incr session done ${house.todo}`);
    // The next save moves the finished session to history.
    await house.terminal.ok("incr workspace acquire --purpose more");
    const file = join(house.repo.stateDir, "history", "sessions.jsonl");
    const whole = readFileSync(file, "utf8");
    writeFileSync(file, `${whole.slice(0, 30)}\u0000\n${whole}{"key":`);
    const done = await expectRepair(house, "history_damaged", file);
    expect(done).toMatch(/^moved 2 lines to .*sessions\.jsonl\.corrupt-/);
    expect(readFileSync(file, "utf8")).toBe(whole);
    expect(readFileSync(done.slice("moved 2 lines to ".length), "utf8")).toBe(`${whole.slice(0, 30)}\u0000\n{"key":`);
    expect(await house.terminal.ok(`incr session show ${house.session}`)).toMatch(/status\s+completed/);
  });

  test("consents that cannot be read are asked for again", async () => {
    const file = join(house.repo.stateDir, "trust.json");
    writeFileSync(file, '{"version": 1, "files": {', { mode: 0o600 });
    expect(await expectRepair(house, "trust_damaged", file)).toMatch(/^moved to .*trust\.json\.corrupt-/);
    expect(existsSync(file)).toBe(false);
  });

  test("a state of a newer version is left alone", async () => {
    const before = JSON.stringify({ ...readState(house), version: 9 }, null, 2);
    const file = join(house.repo.stateDir, "state.json");
    writeFileSync(file, before);
    expect(codes(await doctor(house.terminal, "--fix"))).toEqual([["state_newer", file]]);
    writeFileSync(file, before.slice(0, -10));
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([
      { code: "state_damaged", failed: expect.stringContaining("newer version of incr (format 9)") },
    ]);
    expect(readFileSync(file, "utf8")).toBe(before.slice(0, -10));
  });

  test("an error in the configuration is a person's to mend", async () => {
    await house.repo.write("incr.toml", '[workspace]\nbase = "main"\ncopy = 3\n');
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([
      { code: "configuration", severity: "error", message: expect.stringContaining("incr.toml:3") },
    ]);
    const config = join(makeTempDir(), "incr");
    mkdirSync(config);
    writeFileSync(join(config, "config.toml"), "[workspace\n");
    const outside = house.terminal.in(makeTempDir());
    outside.env = { ...outside.env, XDG_CONFIG_HOME: join(config, "..") };
    expect((await doctor(outside)).findings).toMatchObject([{ code: "configuration" }]);
  });

  test("state of the older name is pointed at until it was imported", async () => {
    const older = join(makeTempDir(), "incrementum");
    mkdirSync(older);
    const file = join(older, "state.json");
    writeFileSync(file, JSON.stringify({ repos: { x: { source_path: "/nowhere/x" } } }));
    house.terminal.env = { ...house.terminal.env, XDG_STATE_HOME: join(older, "..") };
    const { findings } = await doctor(house.terminal);
    expect(findings).toMatchObject([{ code: "older_state", severity: "note", hint: `incr state import ${file}` }]);
    await house.terminal.ok(`incr state import ${file}`);
    expect(codes(await doctor(house.terminal))).toEqual([["repository_gone", "x"]]);
  });
});

describe("leases and sessions", () => {
  test("a run that died is settled, and only with --fix", async () => {
    const { terminal, ready } = house;
    const run = terminal.start(`incr session run ${ready} -- sh -c 'echo made > made.txt; echo up; exec sleep 1000'`);
    await waitFor("the command", () => run.stdout().includes("up"));
    await run.killGroup();
    const done = await expectRepair(house, "lease_dead", "ws-002");
    expect(done).toMatch(/^settled session .*interrupted.*rescue ws-002/);
    expect(await terminal.ok("incr rescue list")).toContain("ws-002");
  });

  test("what cannot be known is told, and taken on trust only where it is unknown", async () => {
    const { terminal, todo } = house;
    editState(house, ({ workspaces }, slug) => {
      const { lease } = workspaces[`${slug}/ws-001`];
      lease.kind = "process";
      lease.process = { host: "elsewhere/1", boot_id: "other", pid: 4711, started_at: "1" };
    });
    const { findings, healthy } = await doctor(terminal, "--fix");
    expect({ findings, healthy }).toMatchObject({
      healthy: true,
      findings: [
        { code: "lease_unknown", severity: "note", hint: expect.stringContaining("incr doctor --fix --gone ws-001") },
      ],
    });
    expect(await terminal.fails(2, "incr doctor --gone ws-001")).toContain("needs --fix");
    const { repaired } = await doctor(terminal, "--fix --gone ws-001");
    expect(repaired).toMatchObject([
      { code: "lease_unknown", done: expect.stringMatching(/^settled session .*rescue ws-001/) },
    ]);
    expect((await terminal.json(`incr todo show ${todo} --json`)).todo.status).toBe("open");
  });

  test("what can be known is not taken on trust", async () => {
    const report = await doctor(house.terminal, "--fix --gone ws-001");
    expect(report.findings).toMatchObject([
      { code: "not_checked", message: expect.stringContaining("no matter of doubt") },
    ]);
    expect(readState(house).workspaces).toMatchObject({});
    expect(await house.terminal.ok("incr session list")).toContain("active");
  });

  test.each<[string, (state: any, slug: string) => void]>([
    [
      "nobody holds",
      ({ workspaces }, slug) => Object.assign(workspaces[`${slug}/ws-001`], { status: "available", lease: undefined }),
    ],
    ["is not known", ({ workspaces }, slug) => delete workspaces[`${slug}/ws-001`]],
    [
      "is held by",
      ({ workspaces }, slug) => {
        workspaces[`${slug}/ws-001`].lease = {
          ...workspaces[`${slug}/ws-001`].lease,
          lease_id: "other",
          holder: { type: "person", id: "ann" },
        };
      },
    ],
  ])("a session whose workspace %s ends, and can be resumed", async (why, change) => {
    editState(house, change);
    const { findings } = await doctor(house.terminal);
    expect(findings.find(({ code }) => code === "session_without_lease")?.message).toContain(why);
    await doctor(house.terminal, "--fix");
    const { session } = await house.terminal.json(`incr session show ${house.session} --json`);
    expect(session).toMatchObject({ status: "failed", reason: "interrupted" });
    expect((await house.terminal.json(`incr todo show ${house.todo} --json`)).todo.status).toBe("open");
    expect((await doctor(house.terminal)).healthy).toBe(true);
    expect(readFileSync(join(house.path, "work.txt"), "utf8")).toBe("work\n");
  });

  test("a workspace whose session is gone is given back, its work kept", async () => {
    editState(house, (state, slug) => delete state.sessions[`${slug}/${house.session}`]);
    const done = await expectRepair(house, "holder_ended", "ws-001");
    expect(done).toMatch(/^gave ws-001 back; what was in it is rescue ws-001/);
    const [rescue] = (await house.terminal.json("incr rescue list --json")).rescues;
    expect(await house.repo.git(["show", `${rescue.ref}:work.txt`])).toBe("work");
  });

  test("unless somebody stands in it", async () => {
    editState(house, (state, slug) => delete state.sessions[`${slug}/${house.session}`]);
    const guest = house.terminal.in(house.path).start("sleep 1000");
    await waitFor("the guest", () => readdirSync(`/proc/${guest.pid}/task`).length > 0);
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([
      { code: "holder_ended", failed: expect.stringContaining("processes stand in it") },
      {},
    ]);
    expect(existsSync(join(house.path, "work.txt"))).toBe(true);
  });

  test("somebody unknown is a note, with the way out", async () => {
    editState(house, ({ workspaces, sessions }, slug) => {
      delete sessions[`${slug}/${house.session}`];
      delete workspaces[`${slug}/ws-001`].lease;
    });
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings.map(({ code }) => code)).toEqual(["holder_unknown", "todo_without_holder"]);
    await house.terminal.ok("incr workspace release ws-001");
    await house.terminal.ok(`incr todo reopen ${house.todo}`);
    expect(codes(await doctor(house.terminal))).toEqual([["branches_merged", expect.stringContaining(house.todo)]]);
  });

  test("two sessions on one todo", async () => {
    editState(house, ({ sessions, workspaces }, slug) => {
      const own = sessions[`${slug}/${house.session}`];
      sessions[`${slug}/zzzzzzzz`] = { ...own, id: "zzzzzzzz", workspace_name: "ws-002", lease_id: "l2" };
      const lease = {
        ...workspaces[`${slug}/ws-001`].lease,
        lease_id: "l2",
        holder: { type: "session", id: "zzzzzzzz" },
      };
      Object.assign(workspaces[`${slug}/ws-002`], { status: "acquired", lease });
    });
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([{ code: "todo_held_twice", hint: "incr session fail zzzzzzzz" }]);
  });
});

describe("workspaces", () => {
  test("a free one whose folder was deleted is forgotten", async () => {
    rmSync(house.free, { recursive: true });
    expect(await expectRepair(house, "workspace_missing", "ws-002")).toBe("forgot ws-002");
    expect(await house.repo.git(["worktree", "list"])).not.toContain("ws-002");
  });

  test("a held one whose folder was deleted is for a person to end", async () => {
    rmSync(house.path, { recursive: true });
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([{ code: "workspace_missing", severity: "error", repair: null }]);
    await house.terminal.ok(`incr session fail ${house.todo} && incr session resume ${house.session}`);
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });

  test("a disk that is not mounted is nobody's fault", async () => {
    renameSync(join(house.repo.dataDir, "workspaces"), join(house.repo.dataDir, "unmounted"));
    const before = readState(house);
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings.map(({ code, about, severity }) => [code, about, severity])).toEqual([
      ["workspace_missing", "ws-001", "error"],
      ["workspace_missing", "ws-002", "note"],
    ]);
    expect(readState(house)).toEqual(before);
    renameSync(join(house.repo.dataDir, "unmounted"), join(house.repo.dataDir, "workspaces"));
    expect((await doctor(house.terminal)).findings).toEqual([]);
  });

  test("a damaged link is mended", async () => {
    writeFileSync(join(house.path, ".git"), "");
    expect(await expectRepair(house, "workspace_foreign", "ws-001")).toBe("mended the links of ws-001");
    expect(await house.terminal.ok(`incr session done ${house.todo}`)).toContain("completed");
  });

  test("one that git forgot is registered anew, with every file in it", async () => {
    const { path, repo, terminal, todo } = house;
    writeFileSync(join(path, "README.md"), "changed\n");
    // As `git worktree prune` does while a disk is not mounted.
    renameSync(path, `${path}.away`);
    await repo.git(["worktree", "prune"]);
    renameSync(`${path}.away`, path);
    expect(await expectRepair(house, "workspace_foreign", "ws-001")).toMatch(/^registered ws-001 anew at /);
    expect(await repo.git(["status", "--porcelain"], { cwd: path })).toBe(" M README.md\n?? work.txt");
    const { branch } = await terminal.in(path).json("incr session done --json");
    expect(await repo.git(["show", `${branch}:work.txt`])).toBe("work");
    expect((await terminal.json(`incr todo show ${todo} --json`)).todo.status).toBe("done");
  });

  test("something else in its place is left alone", async () => {
    rmSync(house.free, { recursive: true });
    await house.repo.git(["init", "--quiet", house.free]);
    writeFileSync(join(house.free, "mine.txt"), "mine\n");
    const before = fingerprint(house);
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([{ code: "workspace_foreign", about: "ws-002", repair: null }]);
    expect(fingerprint(house)).toEqual(before);
  });

  test("one whose index is damaged is named, and the next one is looked at", async () => {
    writeFileSync(join(house.repo.root, ".git/worktrees/ws-001/index"), "DIRC garbage");
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([
      { code: "workspace_broken", about: "ws-001", hint: expect.stringContaining("read-tree HEAD") },
    ]);
  });

  test("one that was set aside goes back into the pool when what stood in the way is gone", async () => {
    const { terminal, ready, repo } = house;
    await terminal.run(`incr session run ${ready} -- git init --quiet nested`);
    expect(await terminal.ok("incr workspace list")).toContain("set aside");
    const { findings } = await doctor(terminal, "--fix");
    expect(findings).toMatchObject([
      { code: "workspace_set_aside", about: "ws-002", failed: expect.stringContaining("nested") },
    ]);
    renameSync(join(house.free, "nested"), join(repo.dir, "moved away"));
    expect(await expectRepair(house, "workspace_set_aside", "ws-002")).toMatch(/^ws-002 is free again/);
    expect(await terminal.ok("incr workspace list")).not.toContain("set aside");
  });
});

describe("folders that are not known", () => {
  const forget = (name: string) => editState(house, ({ workspaces }, slug) => delete workspaces[`${slug}/${name}`]);

  test("an orphan is reclaimed: what is on no branch is kept first", async () => {
    forget("ws-002");
    writeFileSync(join(house.free, "found.txt"), "found\n");
    const { findings } = await doctor(house.terminal);
    expect(findings).toMatchObject([{ code: "folder_orphaned", message: expect.stringMatching(/\(\d+ KB\)/) }]);
    const done = await expectRepair(house, "folder_orphaned", house.free);
    expect(done).toMatch(/what was in it is rescue ws-002/);
    expect(existsSync(house.free)).toBe(false);
    const [rescue] = (await house.terminal.json("incr rescue list --json")).rescues;
    expect(await house.repo.git(["show", `${rescue.ref}:found.txt`])).toBe("found");
    expect(await house.repo.git(["worktree", "list"])).not.toContain("ws-002");
  });

  test("a clean orphan leaves no rescue", async () => {
    forget("ws-002");
    expect(await expectRepair(house, "folder_orphaned", house.free)).toMatch(/all of it was on branches$/);
    expect((await house.terminal.json("incr rescue list --json")).rescues).toEqual([]);
  });

  test("one that was leased becomes a workspace again, held by nobody knows whom", async () => {
    editState(house, (state, slug) => {
      delete state.workspaces[`${slug}/ws-001`];
      delete state.sessions[`${slug}/${house.session}`];
    });
    const done = await expectRepair(house, "folder_in_use", house.path);
    expect(done).toMatch(/^it is ws-001 now/);
    expect(readFileSync(join(house.path, "work.txt"), "utf8")).toBe("work\n");
    expect(await house.terminal.ok("incr workspace release ws-001")).toContain("kept as rescue");
  });

  test("one that somebody stands in is not taken from under them", async () => {
    forget("ws-002");
    house.terminal.in(house.free).start("sleep 1000");
    await waitFor("the guest", async () => (await doctor(house.terminal)).findings[0]?.code === "folder_in_use");
    await doctor(house.terminal, "--fix");
    expect(readState(house).workspaces).toHaveProperty(
      [`${Object.keys(readState(house).repos)[0]}/ws-002`, "status"],
      "acquired",
    );
  });

  test("an orphan that git forgot is kept all the same", async () => {
    forget("ws-002");
    writeFileSync(join(house.free, "found.txt"), "found\n");
    rmSync(join(house.repo.root, ".git/worktrees/ws-002"), { recursive: true });
    await expectRepair(house, "folder_orphaned", house.free);
    const [rescue] = (await house.terminal.json("incr rescue list --json")).rescues;
    expect(await house.repo.git(["show", `${rescue.ref}:found.txt`])).toBe("found");
  });

  test("those of other repositories are reported with their size, and left alone", async () => {
    const other = await makeRepo({ name: "other" });
    const elsewhere = openTerminal({ root: other.root, env: house.repo.env });
    const path = await elsewhere.ok("incr workspace acquire --purpose x");
    await elsewhere.ok("incr workspace release ws-001");
    const slug = Object.keys(readState(house).repos).find((name) => name.includes("other"));
    editState(house, (state) => delete state.workspaces[`${slug}/ws-001`]);
    mkdirSync(join(house.repo.dataDir, "workspaces", "nobody", "notes"), { recursive: true });
    const before = fingerprint(house);
    const { findings, healthy } = await doctor(house.terminal, "--fix");
    const unclaimed = findings.filter(({ code }) => code === "folder_unclaimed");
    expect(new Map(unclaimed.map(({ about, hint }) => [about, hint]))).toEqual(
      new Map<string, unknown>([
        [path, `incr -C '${other.root}' doctor --fix`],
        [join(house.repo.dataDir, "workspaces/nobody/notes"), expect.stringContaining("rm -r")],
      ]),
    );
    expect(healthy).toBe(true);
    expect(codes({ ...(await doctor(house.terminal)) }).filter(([code]) => code === "folder_unclaimed")).toHaveLength(
      2,
    );
    expect(before[path]).toBe(fingerprint(house)[path]);
    await doctor(elsewhere, "--fix");
    expect(existsSync(path)).toBe(false);
  });

  test("git's entry of a folder that is gone", async () => {
    forget("ws-002");
    rmSync(house.free, { recursive: true });
    await expectRepair(house, "registration_stale", house.free);
    expect(await house.repo.git(["worktree", "list"])).not.toContain("ws-002");
  });
});

describe("todos", () => {
  test("a damaged file is put back as it was in its last good version", async () => {
    const { repo, terminal, ready } = house;
    const good = await repo.git(["rev-list", "-1", "refs/incr/todos", "--", `${ready[0]}/${ready}.json`]);
    await breakTodo(ready, "{ half");
    const { findings } = await doctor(terminal);
    expect(findings).toMatchObject([{ code: "todo_damaged", about: ready, message: expect.stringContaining(good) }]);
    expect(await expectRepair(house, "todo_damaged", ready)).toBe(`put todo ${ready} back as it was in ${good}`);
    expect((await terminal.json(`incr todo show ${ready} --json`)).todo.title).toBe("Do that");
  });

  test("one of which no version can be read is left, and named", async () => {
    await breakTodo("abcdefgh", "{ half");
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toMatchObject([{ code: "todo_damaged", about: "abcdefgh", repair: null }]);
  });

  test("todos that wait for each other, and one that nobody works on", async () => {
    const { repo, terminal, ready } = house;
    const other = (await terminal.json("incr todo create 'Other' --json")).todo.id as string;
    await terminal.ok(`incr todo dep add ${ready} ${other}`);
    await terminal.ok(`incr todo start ${other}`);
    const text = await repo.git(["show", `refs/incr/todos:${ready[0]}/${ready}.json`]);
    const back = text
      .replaceAll(ready, "~")
      .replaceAll(other, ready)
      .replaceAll("~", other)
      .replace("Do that", "Other");
    await breakTodo(
      other,
      back
        .replace('"status": "open"', '"status": "in_progress"')
        .replace('"started_at": null', '"started_at": "2026-01-07T14:30:00.000Z"'),
    );
    const { findings, healthy } = await doctor(terminal, "--fix");
    const [first, second] = [ready, other].toSorted();
    expect(healthy).toBe(false);
    expect(findings).toMatchObject([
      { code: "dependency_cycle", severity: "warning", hint: `incr todo dep remove ${first} ${second}` },
      { code: "todo_without_holder", severity: "note", about: other },
    ]);
  });

  test.each<[string, (repo: House["repo"]) => Promise<void>]>([
    ["is empty", async (repo) => writeFileSync(join(repo.root, ".git/refs/incr/todos"), "")],
    ["is garbage", async (repo) => writeFileSync(join(repo.root, ".git/refs/incr/todos"), "\0\0\0 not a ref\n")],
    [
      "names a commit that is gone",
      async (repo) => writeFileSync(join(repo.root, ".git/refs/incr/todos"), `${"1".repeat(40)}\n`),
    ],
  ])("a list whose ref %s is not taken for an empty one, and found again", async (_, harm) => {
    const { repo, terminal } = house;
    const list = async () => (await terminal.json("incr todo list --json")).todos.map(({ id }: { id: string }) => id);
    const before = await list();
    const tip = await repo.git(["rev-parse", "refs/incr/todos"]);
    await harm(repo);
    expect(await terminal.fails(1, "incr todo list")).toMatch(
      /^error: refs\/incr\/todos .*\nhint: incr doctor --fix\n$/,
    );
    await terminal.fails(1, "incr todo create 'A second list'");
    expect(await expectRepair(house, "todos_lost", "refs/incr/todos")).toMatch(
      /^went back to the one of .* with 2 todos/,
    );
    expect(await repo.git(["rev-parse", "refs/incr/todos"])).toBe(tip);
    expect(await list()).toEqual(before);
  });

  test("a list of which a part is missing goes back to the version before", async () => {
    const { repo, terminal } = house;
    const before = await repo.git(["rev-parse", "refs/incr/todos"]);
    await terminal.ok("incr todo create 'Lost with the disk'");
    const tree = await repo.git(["rev-parse", "refs/incr/todos^{tree}"]);
    rmSync(join(repo.root, ".git/objects", tree.slice(0, 2), tree.slice(2)));
    expect(await expectRepair(house, "todos_lost", "refs/incr/todos")).toContain(before);
    expect(await repo.git(["rev-parse", "refs/incr/todos"])).toBe(before);
  });

  test("a list of which nothing is left is told, and left", async () => {
    const { repo } = house;
    rmSync(join(repo.root, ".git/objects"), { recursive: true });
    mkdirSync(join(repo.root, ".git/objects"));
    const { findings } = await doctor(house.terminal, "--fix");
    expect(findings).toContainEqual(expect.objectContaining({ code: "todos_lost", repair: null, hint: "git fsck" }));
  });

  /** Puts any text into a todo's file, as a merge that went wrong would. */
  async function breakTodo(id: string, text: string): Promise<void> {
    const { repo } = house;
    const blob = await repo.git(["hash-object", "-w", "--stdin"], { input: text });
    const env = { GIT_INDEX_FILE: join(repo.dir, "todo-index") };
    const git = async (line: string) => await house.terminal.ok(`git ${line}`, { env });
    await git("read-tree refs/incr/todos");
    await git(`update-index --add --cacheinfo 100644,${blob},${id[0]}/${id}.json`);
    const commit = await git(`commit-tree ${await git("write-tree")} -p refs/incr/todos -m damage`);
    await git(`update-ref refs/incr/todos ${commit}`);
  }
});

describe("branches", () => {
  test("merged ones are deleted; those of active and failed sessions stay", async () => {
    const { terminal, repo, todo, ready } = house;
    await terminal.ok(`incr session run ${ready} -- sh -c 'echo x > x.txt'`);
    await terminal.ok(`incr session fail ${todo}`);
    const merged = await repo.git(["for-each-ref", "--format=%(refname:lstrip=2)", `refs/heads/incr/${ready}*`]);
    expect(codes(await doctor(terminal))).toEqual([]);
    await repo.git(["merge", "--quiet", merged]);
    await repo.git(["branch", "incr/kept", "HEAD"]);
    await repo.git(["worktree", "add", "--quiet", join(repo.dir, "mine"), "incr/kept"]);
    expect(await expectRepair(house, "branches_merged", merged)).toBe(`deleted ${merged}`);
    expect(await repo.git(["branch", "--list", "incr/*", "--format=%(refname:lstrip=2)"])).toBe("incr/kept");
    await terminal.ok(`incr session resume ${todo}`);
  });
});

describe("the repository itself", () => {
  const mark = () => join(house.repo.root, ".git/incr/id");

  test.each(["", "\0".repeat(17), "half", "w7tm2gxxl7ix5zcxw7tm2gxxl7ix5zcx\n"])(
    "a mark that was damaged (%j) is not taken for none",
    async (text) => {
      const before = readFileSync(mark(), "utf8");
      writeFileSync(mark(), text);
      expect(await house.terminal.fails(1, "incr session list")).toMatch(
        /^error: .*does not hold the mark.*\nhint: incr doctor --fix\n$/,
      );
      await expectRepair(house, "mark_damaged", join(house.repo.root, ".git"));
      expect(readFileSync(mark(), "utf8")).toBe(before);
      expect(await house.terminal.ok("incr session list")).toContain(house.todo);
    },
  );

  test("a mark that was deleted is known by the workspaces, also after a command made a new one", async () => {
    const before = readFileSync(mark(), "utf8");
    rmSync(mark());
    await expectRepair(house, "mark_lost", join(house.repo.root, ".git"));
    expect(readFileSync(mark(), "utf8")).toBe(before);
    rmSync(mark());
    await house.terminal.fails(3, `incr session done ${house.todo}`);
    expect(readFileSync(mark(), "utf8")).not.toBe(before);
    await expectRepair(house, "repository_twice", join(house.repo.root, ".git"));
    expect(Object.keys(readState(house).repos)).toHaveLength(1);
    expect(await house.terminal.ok(`incr session done ${house.todo}`)).toContain("completed");
  });

  test("a new repository in the place of an old one is a new one", async () => {
    rmSync(join(house.repo.root, ".git"), { recursive: true });
    await house.repo.git(["init", "--quiet", "--initial-branch=main"]);
    await house.repo.commit("again");
    await house.terminal.ok("incr workspace acquire --purpose x");
    const { findings } = await doctor(house.terminal);
    expect(findings.map(({ code }) => code)).not.toContain("repository_twice");
  });

  test("one that is gone is told of, with what is active in it", async () => {
    renameSync(house.repo.root, `${house.repo.root} moved`);
    const outside = house.terminal.in(house.repo.dir);
    const { findings } = await doctor(outside);
    expect(findings).toMatchObject([
      { code: "repository_gone", severity: "warning", message: expect.stringContaining("2 sessions and workspaces") },
    ]);
    const there = house.terminal.in(`${house.repo.root} moved`);
    await there.ok("incr workspace acquire --purpose x");
    expect((await doctor(there)).findings).toEqual([]);
  });
});
