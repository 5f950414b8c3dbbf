import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sanitizeRepoName, newStore, type StateStoreOptions } from "../../src/store/state-api.ts";
import { bundleScript, runScript } from "../support/script.ts";
import { makeTempDir } from "../support/temp.ts";
import { activeSession, availableWorkspace, contentIdentity, finishedSession, minute } from "./records.ts";

function open(more: Partial<StateStoreOptions> = {}) {
  const dir = join(makeTempDir(), "state");
  const options = { fsync: false, ...more };
  return { dir, path: join(dir, "state.json"), store: newStore(dir, options), other: newStore(dir, options) };
}

const EMPTY = { version: 1, repos: {}, workspaces: {}, sessions: {}, opencode_sessions: {}, jobs: {} };

describe("load and save", () => {
  test("a state that is not there is empty", async () => {
    expect({ ...(await open().store.load()) }).toMatchObject(EMPTY);
  });

  test("what was saved is loaded, by others too", async () => {
    const { store, other } = open();
    const state = await store.load();
    state.repos["app"] = { source_path: "/app" };
    await store.save(state);
    expect(await other.load()).toMatchObject({ ...EMPTY, repos: { app: { source_path: "/app" } } });
    // The same value may go on
    state.sessions["app/s1"] = activeSession("s1");
    await store.save(state);
    delete state.repos["app"];
    await store.save(state);
    expect(await other.load()).toMatchObject({ repos: {}, sessions: { "app/s1": activeSession("s1") } });
  });

  test("a state that changed on disk since it was loaded is a conflict, and not overwritten", async () => {
    const { store, other, path } = open();
    const mine = await store.load();
    await other.update((state) => {
      state.repos["theirs"] = { source_path: "/theirs" };
    });
    const content = readFileSync(path, "utf8");
    mine.repos["mine"] = { source_path: "/mine" };
    for (const state of [mine, { ...mine }]) {
      await expect(store.save(state)).rejects.toMatchObject({
        code: "conflict",
        exitCode: 4,
        hint: expect.stringContaining("load"),
      });
    }
    expect(readFileSync(path, "utf8")).toBe(content);
    expect((await store.load()).repos).toEqual({ theirs: { source_path: "/theirs" } });
  });

  test("a change back and forth is no conflict, nor is another way of writing the same", async () => {
    const { store, other, path } = open();
    const mine = await store.load();
    await other.update((state) => void (state.repos["x"] = { source_path: "/x" }));
    await other.update((state) => void delete state.repos["x"]);
    writeFileSync(path, JSON.stringify(JSON.parse(readFileSync(path, "utf8"))));
    mine.repos["mine"] = { source_path: "/mine" };
    await store.save(mine);
    expect((await other.load()).repos).toEqual({ mine: { source_path: "/mine" } });
  });

  test("a spread of a loaded state can be saved; a state out of nowhere only where there is none", async () => {
    const { store, other } = open();
    await store.save({ ...structuredClone(EMPTY), repos: { a: { source_path: "/a" } } });
    const loaded = await other.load();
    await other.save({ ...loaded, repos: { ...loaded.repos, b: { source_path: "/b" } } });
    expect(Object.keys((await store.load()).repos)).toEqual(["a", "b"]);
    await expect(store.save(structuredClone(EMPTY) as never)).rejects.toMatchObject({ code: "conflict" });
  });

  test("the disk is not touched when nothing changed", async () => {
    const { store, path } = open();
    await store.update((state) => void (state.repos["a"] = { source_path: "/a" }));
    const before = contentIdentity(path);
    const state = await store.load();
    await store.save(state);
    await store.save({ ...state, repos: structuredClone(state.repos) });
    await store.update((state) => state);
    expect(contentIdentity(path)).toEqual(before);
  });

  test("top-level keys of others are loaded, saved, and can be changed", async () => {
    const { store, dir, path } = open();
    mkdirSync(dir);
    writeFileSync(path, '{"theirs": {"deep": 1}, "version": 1}');
    const state = (await store.load()) as unknown as { theirs: { deep: number } };
    expect(state.theirs).toEqual({ deep: 1 });
    state.theirs.deep = 2;
    await store.save(state as never);
    expect(JSON.parse(readFileSync(path, "utf8"))).toMatchObject({ version: 1, theirs: { deep: 2 } });
  });

  test("finished records leave the state for history, once", async () => {
    const { store } = open();
    const state = await store.load();
    state.sessions["app/s1"] = activeSession("s1");
    await store.save(state);
    state.sessions["app/s1"] = finishedSession("s1", 5);
    await store.save(state);
    state.repos["app"] = { source_path: "/app" };
    await store.save(state);
    expect((await store.load()).sessions).toEqual({});
    await store.store.read(async (tx) => {
      expect(await tx.list("sessions", { finishedSince: "ever" })).toEqual([
        { key: "app/s1", record: finishedSession("s1", 5) },
      ]);
    });
    expect(store.store.checkHistory()[0]).toMatchObject({ collection: "sessions", lines: 1, bad: [] });
  });

  test("a state that could not be read again is not written", async () => {
    const { store } = open();
    const state = await store.load();
    state.sessions["app/s1"] = { status: "asleep" } as never;
    await expect(store.save(state)).rejects.toMatchObject({
      code: "invalid_input",
      message: expect.stringMatching(/^sessions\.app\/s1\./),
    });
    expect(await store.load()).toMatchObject(EMPTY);
  });
});

describe("update", () => {
  test("changes the state in place, or to another, at once or later, and gives what is live then", async () => {
    const { store, other } = open();
    const changes = [
      await store.update((state) => void (state.repos["a"] = { source_path: "/a" })),
      await store.update((state) => ({ ...state, repos: { ...state.repos, b: { source_path: "/b" } } })),
      await store.update(async (state) => {
        await Promise.resolve();
        state.sessions["app/s1"] = activeSession("s1");
      }),
    ];
    expect(changes.map((state) => Object.keys(state.repos))).toEqual([["a"], ["a", "b"], ["a", "b"]]);
    expect(await other.load()).toEqual(changes[2]);
    await store.save(changes[2]!);
  });

  test("changes nothing when it throws", async () => {
    const { store } = open();
    const attempt = store.update((state) => {
      state.repos["a"] = { source_path: "/a" };
      throw new Error("no");
    });
    await expect(attempt).rejects.toThrow("no");
    expect(await store.load()).toMatchObject(EMPTY);
  });

  test("loses nothing of what others do at the same time", async () => {
    const { store, other } = open();
    await Promise.all(
      Array.from({ length: 30 }, (_, n) =>
        (n % 2 === 0 ? store : other).update(async (state) => {
          await new Promise((resolve) => setImmediate(resolve));
          state.repos[`repo-${n}`] = { source_path: `/${n}` };
        }),
      ),
    );
    expect(Object.keys((await store.load()).repos)).toHaveLength(30);
  });
});

describe("repository names", () => {
  test("are the slug of the path, the same for the same path", async () => {
    const { store, other, dir } = open();
    mkdirSync(join(dir, "..", "My App"));
    const path = join(dir, "..", "My App");
    const name = await store.getOrCreateRepoName(path);
    expect(name).toBe(sanitizeRepoName(path));
    expect(await other.getOrCreateRepoName(`${path}/`)).toBe(name);
    expect((await store.load()).repos).toEqual({ [name]: { source_path: path } });
  });

  test("get a number where the slug is taken", async () => {
    const { store } = open();
    expect(await store.getOrCreateRepoName("/no/such/a b")).toBe("no-such-a-b");
    expect(await store.getOrCreateRepoName("/no/such/a-b")).toBe("no-such-a-b-2");
    expect(await store.getOrCreateRepoName("/no/such/A b")).toBe("no-such-a-b-3");
    expect(await store.getOrCreateRepoName("/no/such/a-b")).toBe("no-such-a-b-2");
    expect(await store.getOrCreateRepoName("/данные")).toBe("repo");
    expect(await store.getOrCreateRepoName("/δεδομένα")).toBe("repo-2");
  });

  test("do not depend on symbolic links, in the path or in what is stored", async () => {
    const { store, dir } = open();
    const root = join(dir, "..");
    mkdirSync(join(root, "real"));
    symlinkSync(join(root, "real"), join(root, "link"));
    await store.update((state) => void (state.repos["theirs"] = { source_path: join(root, "link") }));
    expect(await store.getOrCreateRepoName(join(root, "real"))).toBe("theirs");
    expect(await store.getOrCreateRepoName(join(root, "link"))).toBe("theirs");
  });

  test("are those of the root of the repository, where one is told", async () => {
    const { store } = open({ repoRoot: async (path) => path.replace(/\/src\/.*/, "") });
    expect(await store.getOrCreateRepoName("/no/such/app/src/deep")).toBe("no-such-app");
    expect(await store.getOrCreateRepoName("/no/such/app")).toBe("no-such-app");
  });

  test("know the home directory", async () => {
    const { store } = open();
    const name = await store.getOrCreateRepoName("~/no-such-app");
    expect((await store.load()).repos[name]).toEqual({ source_path: join(homedir(), "no-such-app") });
  });

  test("are given once, by however many processes at once", async () => {
    const { store, dir } = open();
    const worker = await bundleScript(new URL("worker.ts", import.meta.url));
    const paths = ["/no/such/a-b", "/no/such/a b", "/no/such/A-B"];
    const runs = await Promise.all(
      Array.from({ length: 12 }, (_, n) => runScript(worker, { do: "slug", dir, path: paths[n % 3] })),
    );
    const names = runs.map((run) => run.json<string>());
    expect(new Set(names)).toEqual(new Set(["no-such-a-b", "no-such-a-b-2", "no-such-a-b-3"]));
    for (const [n, name] of names.entries()) expect(name).toBe(names[n % 3]);
    expect(Object.keys((await store.load()).repos)).toHaveLength(3);
  });
});

describe("the repository of a workspace", () => {
  let root: string;
  let store: ReturnType<typeof newStore>;
  beforeAll(async () => {
    root = makeTempDir();
    store = newStore(join(root, "state"), { fsync: false });
    mkdirSync(join(root, "ws-001", "src"), { recursive: true });
    symlinkSync(join(root, "ws-001"), join(root, "link"));
    await store.update((state) => {
      state.repos["app"] = { source_path: "/src/app" };
      state.workspaces["app/ws-001"] = { ...availableWorkspace("ws-001"), path: join(root, "ws-001") };
      state.workspaces["app/ws-002"] = { ...availableWorkspace("ws-002"), path: "/gone/ws-002" };
      state.workspaces["lost/ws-001"] = { ...availableWorkspace("ws-001", "lost"), path: "/lost/ws-001" };
    });
  });

  test.each([
    ["ws-001", "/src/app"],
    ["ws-001/src", "/src/app"],
    ["link/src", "/src/app"],
    ["/gone/ws-002/deep/in/it", "/src/app"],
    ["ws-0011", undefined],
    [".", undefined],
    ["/", undefined],
    ["/lost/ws-001", undefined],
  ])("at %s is %s", async (path, source) => {
    const wsPath = path.startsWith("/") ? path : join(root, path);
    expect(await store.repoPathForWorkspace(wsPath)).toBe(source);
  });
});

test("times of the records are left as the caller wrote them", async () => {
  const { store } = open();
  const updated_at = "2026-01-07T15:30:00.123456789+02:00";
  await store.update(
    (state) => void (state.sessions["app/s1"] = activeSession("s1", { updated_at, started_at: minute(1) })),
  );
  expect((await store.load()).sessions["app/s1"]?.updated_at).toBe(updated_at);
});
