/** Files of other implementations of the state format. */
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createJsonStore } from "../../src/store/json-store.ts";
import { makeTempDir } from "../support/temp.ts";
import { activeSession, contentIdentity, minute } from "./records.ts";

function open(content: unknown) {
  const dir = makeTempDir();
  const path = join(dir, "state.json");
  writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content, null, 2));
  const store = createJsonStore({ dir, fsync: false });
  return {
    path,
    store,
    file: () => JSON.parse(readFileSync(path, "utf8")) as Record<string, any>,
    /** Some change, so that the file is written. */
    write: () => store.transact((tx) => tx.put("repos", "some-change", { source_path: "/some/change" })),
  };
}

const ZERO = "0001-01-01T00:00:00Z";

describe("the state of another implementation", () => {
  test.each([
    "{}",
    "null",
    '{"repos": null, "workspaces": null, "sessions": null}',
    '{"jobs": {}}',
    '\uFEFF{"repos": {}}',
  ])("may be %s, which is empty", async (content) => {
    const { store, write, file } = open(content);
    expect(await store.read((tx) => tx.list("sessions", { finishedSince: "ever" }))).toEqual([]);
    await write();
    expect(file()["repos"]).toEqual({ "some-change": { source_path: "/some/change" } });
  });

  test("is written back as it writes it: indent of two, sorted keys, no final newline, 0600", async () => {
    const { path, store } = open('{"repos": {"web": {"source_path": "/web"}, "app": {"source_path": "/app"}}}');
    await store.transact((tx) => tx.put("repos", "new", { source_path: "/new" }));
    const collections = ["workspaces", "sessions", "opencode_sessions", "jobs"];
    expect(readFileSync(path, "utf8")).toBe(
      JSON.stringify(
        {
          version: 1,
          repos: { app: { source_path: "/app" }, new: { source_path: "/new" }, web: { source_path: "/web" } },
          ...Object.fromEntries(collections.map((name) => [name, {}])),
        },
        null,
        2,
      ),
    );
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test("keeps its unknown keys, at the top, in records and deep within", async () => {
    const content = {
      plugins: { a: [1, { b: null }] },
      generation: 7,
      repos: { app: { source_path: "/app", remote: "origin" } },
      jobs: {
        "app/j1": {
          id: "j1",
          repo: "app",
          todo_id: "t",
          stage: "testing",
          status: "active",
          created_at: minute(0),
          updated_at: minute(0),
          opencode_sessions: [{ purpose: "implement", id: "x", model: "m" }],
          changes: [
            {
              change_id: "c",
              created_at: minute(0),
              commits: [{ commit_id: "d", created_at: minute(0), signed: true }],
            },
          ],
          project_review: null,
          cost: { usd: 1.5 },
        },
      },
    };
    const { write, file } = open(content);
    await write();
    expect(file()).toMatchObject(content);
  });

  test("has times of any zone and precision, and they stay as they are", async () => {
    const started = "2026-01-07T15:30:00.123456789+02:00";
    const { store, write, file } = open({
      sessions: { "app/s1": { ...activeSession("s1"), started_at: started, updated_at: "2026-01-07T13:30:00.5Z" } },
    });
    expect((await store.read((tx) => tx.find("sessions", "app/s1")))?.started_at).toBe(started);
    await write();
    expect(file()["sessions"]["app/s1"].started_at).toBe(started);
  });

  test("writes the zero time, or null, for what is not set", async () => {
    const { store } = open({
      workspaces: {
        "app/ws-001": {
          name: "ws-001",
          repo: "app",
          path: "/w",
          purpose: null,
          status: "available",
          created_at: minute(1),
          updated_at: ZERO,
          acquired_at: ZERO,
          acquired_by_pid: null,
          provisioned: false,
        },
      },
      sessions: {
        "app/s1": {
          ...activeSession("s1"),
          completed_at: ZERO,
          exit_code: null,
          started_at: ZERO,
          updated_at: minute(3),
        },
      },
      opencode_sessions: {
        "app/a1": {
          id: "a1",
          repo: "app",
          status: "active",
          created_at: ZERO,
          started_at: ZERO,
          updated_at: minute(2),
          completed_at: "0001-01-01T00:00:00.000Z",
        },
      },
    });
    await store.read(async (tx) => {
      expect(await tx.find("workspaces", "app/ws-001")).toEqual({
        name: "ws-001",
        repo: "app",
        path: "/w",
        status: "available",
        created_at: minute(1),
        updated_at: minute(1),
        provisioned: false,
      });
      expect(await tx.find("sessions", "app/s1")).toEqual(
        activeSession("s1", { started_at: minute(3), updated_at: minute(3) }),
      );
      expect(await tx.find("opencode_sessions", "app/a1")).toEqual({
        id: "a1",
        repo: "app",
        status: "active",
        created_at: minute(2),
        updated_at: minute(2),
      });
    });
  });

  test("has finished records in the live file: they count as finished, and the next write moves them", async () => {
    const done = {
      id: "a1",
      repo: "app",
      status: "completed",
      created_at: minute(0),
      started_at: minute(0),
      updated_at: minute(9),
      exit_code: 0,
    };
    const { store, path, write, file } = open({
      opencode_sessions: { "app/a1": done },
      sessions: { "app/s1": { ...activeSession("s1"), status: "failed", updated_at: minute(4), exit_code: 3 } },
    });
    const expected = { ...done, completed_at: minute(9) };
    const look = () =>
      store.read(async (tx) => {
        expect(await tx.list("opencode_sessions")).toEqual([]);
        expect(await tx.list("opencode_sessions", { finishedSince: minute(9) })).toEqual([
          { key: "app/a1", record: expected },
        ]);
        expect(await tx.list("opencode_sessions", { finishedSince: minute(10) })).toEqual([]);
        expect(await tx.find("opencode_sessions", "app/a1")).toEqual(expected);
        expect(await tx.find("sessions", "app/s1")).toMatchObject({
          status: "failed",
          completed_at: minute(4),
          exit_code: 3,
        });
      });
    const before = contentIdentity(path);
    await look();
    await store.transact(async (tx) => {
      await tx.put("opencode_sessions", "app/a1", expected as never);
    });
    expect(contentIdentity(path)).toEqual(before);
    await write();
    expect(file()).toMatchObject({ opencode_sessions: {}, sessions: {} });
    await look();
  });

  test.each([
    ["[]", "has the wrong shape: is not an object"],
    ['"text"', "has the wrong shape: is not an object"],
    ['{"sessions": []}', "has the wrong shape at sessions: is not an object"],
    ['{"sessions": {"app/x": 5}}', "has the wrong shape at sessions.app/x: is not an object"],
    ['{"repos": {"app": {}}}', "has the wrong shape at repos.app.source_path: "],
    ['{"sessions": {"app/x": {"status": "asleep"}}}', "has the wrong shape at sessions.app/x.status: "],
    ['{"version": true}', "has the wrong shape at version: is not a version number"],
  ])("is corrupt if it is %s", async (content, problem) => {
    const { store, path, write } = open(content);
    const error = { code: "corrupt", message: expect.stringContaining(`${path} ${problem}`) };
    await expect(store.read((tx) => tx.list("repos"))).rejects.toMatchObject(error);
    await expect(write()).rejects.toMatchObject(error);
    expect(readFileSync(path, "utf8")).toBe(content);
  });

  test("is left alone if it is of a newer version", async () => {
    const content = '{"version": 2, "repos": {"app": {"paths": ["/app"]}}}';
    const { store, path, write } = open(content);
    await expect(store.read((tx) => tx.list("repos"))).rejects.toMatchObject({ code: "newer_state", exitCode: 6 });
    await expect(write()).rejects.toMatchObject({ code: "newer_state", data: { path, version: 2, known: 1 } });
    expect(readFileSync(path, "utf8")).toBe(content);
  });
});
