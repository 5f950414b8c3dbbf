/** What every backend of the store port has to do. A backend that does not run this suite does not exist. */
import { describe, expect, test } from "vitest";
import type { Entry, Store, Tx } from "../../src/ports/store.ts";
import { activeJob, activeSession, availableWorkspace, finishedSession, minute } from "./records.ts";

/** Gives an empty store, and with it a way to open further handles on the same data, as other processes would. */
export type MakeStore = () => Promise<{ store: Store; open: () => Store }>;

export function storeConformance(name: string, makeStore: MakeStore): void {
  describe(`${name}: a store`, () => {
    records(makeStore);
    transactions(makeStore);
    history(makeStore);
    queries(makeStore);
    snapshots(makeStore);
  });
}

function records(makeStore: MakeStore): void {
  test("is empty at first", async () => {
    const { store } = await makeStore();
    expect(await store.read((tx) => tx.find("repos", "app"))).toBeUndefined();
    expect(await store.read((tx) => tx.list("sessions", { finishedSince: "ever" }))).toEqual([]);
  });

  test("gives back what was put, to every handle", async () => {
    const { store, open } = await makeStore();
    await store.transact(async (tx) => {
      await tx.put("repos", "app", { source_path: "/src/app" });
      await tx.put("workspaces", "app/ws-001", availableWorkspace("ws-001"));
      await tx.put("sessions", "app/s1", activeSession("s1"));
      await tx.put("jobs", "app/j1", activeJob("j1"));
    });
    await open().read(async (tx) => {
      expect(await tx.find("repos", "app")).toEqual({ source_path: "/src/app" });
      expect(await tx.find("workspaces", "app/ws-001")).toEqual(availableWorkspace("ws-001"));
      expect(await tx.find("sessions", "app/s1")).toEqual(activeSession("s1"));
      expect(await tx.find("jobs", "app/j1")).toEqual(activeJob("j1"));
    });
  });

  test("replaces and removes", async () => {
    const { store } = await makeStore();
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1", { topic: "one" })));
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1", { topic: "two" })));
    expect(await store.read((tx) => tx.list("sessions"))).toEqual([
      { key: "app/s1", record: activeSession("s1", { topic: "two" }) },
    ]);
    await store.transact((tx) => tx.remove("sessions", "app/s1"));
    expect(await store.read((tx) => tx.find("sessions", "app/s1"))).toBeUndefined();
    expect(await store.read((tx) => tx.list("sessions"))).toEqual([]);
    await store.transact((tx) => tx.remove("sessions", "app/s1"));
  });

  test("keeps keys of a record that this version does not know, at every depth", async () => {
    const { store, open } = await makeStore();
    const job = {
      ...activeJob("j1"),
      colour: { shade: ["dark"] },
      changes: [{ change_id: "c", created_at: minute(0), mood: 1 }],
    };
    await store.transact((tx) => tx.put("jobs", "app/j1", job));
    await open().transact(async (tx) => {
      const found = (await tx.find("jobs", "app/j1"))!;
      await tx.put("jobs", "app/j1", { ...found, stage: "testing" });
    });
    expect(await store.read((tx) => tx.find("jobs", "app/j1"))).toEqual({ ...job, stage: "testing" });
  });

  test("takes any key for what it is", async () => {
    const { store, open } = await makeStore();
    for (const key of ["constructor", "__proto__", "123", "to-string"]) {
      expect(await store.read((tx) => tx.find("repos", key)), key).toBeUndefined();
      await store.transact((tx) => tx.put("repos", key, { source_path: `/${key}` }));
    }
    const keys = (await open().read((tx) => tx.list("repos"))).map(({ key, record }) => [key, record.source_path]);
    expect(keys).toEqual([
      ["123", "/123"],
      ["__proto__", "/__proto__"],
      ["constructor", "/constructor"],
      ["to-string", "/to-string"],
    ]);
  });

  test("keeps a value as it was put, whatever the caller does with it later", async () => {
    const { store } = await makeStore();
    const session = activeSession("s1", { topic: "before" });
    await store.transact(async (tx) => {
      await tx.put("sessions", "app/s1", session);
      session.topic = "after";
      expect((await tx.find("sessions", "app/s1"))?.topic).toBe("before");
    });
    expect((await store.read((tx) => tx.find("sessions", "app/s1")))?.topic).toBe("before");
    expect(session.topic).toBe("after");
  });

  test("refuses a record that it could not read again, and keeps nothing of that transaction", async () => {
    const { store } = await makeStore();
    const broken = { ...activeSession("s2"), status: "asleep" } as never;
    const attempt = store.transact(async (tx) => {
      await tx.put("sessions", "app/s1", activeSession("s1"));
      await tx.put("sessions", "app/s2", broken);
    });
    await expect(attempt).rejects.toMatchObject({ code: "invalid_input", message: expect.stringContaining("app/s2") });
    expect(await store.read((tx) => tx.list("sessions"))).toEqual([]);
  });
}

function transactions(makeStore: MakeStore): void {
  test("shows a transaction its own changes, and resolves to what it decided", async () => {
    const { store } = await makeStore();
    const seen = await store.transact(async (tx) => {
      await tx.put("sessions", "app/s1", activeSession("s1"));
      await tx.put("sessions", "app/s2", finishedSession("s2", 5));
      await tx.put("sessions", "app/s3", activeSession("s3"));
      await tx.remove("sessions", "app/s3");
      return (await tx.list("sessions", { finishedSince: "ever" })).map(({ key }) => key);
    });
    expect(seen).toEqual(["app/s1", "app/s2"]);
  });

  test("keeps nothing of a transaction that throws", async () => {
    const { store } = await makeStore();
    await store.transact(async (tx) => {
      await tx.put("sessions", "app/s1", activeSession("s1"));
      await tx.put("sessions", "app/s2", activeSession("s2"));
    });
    const before = await everything(store);
    const attempt = store.transact(async (tx) => {
      await tx.put("sessions", "app/s1", finishedSession("s1", 9));
      await tx.remove("sessions", "app/s2");
      await tx.put("repos", "app", { source_path: "/src/app" });
      throw new Error("changed my mind");
    });
    await expect(attempt).rejects.toThrow("changed my mind");
    expect(await everything(store)).toEqual(before);
  });

  test("runs transactions one after the other: no update is lost between handles", async () => {
    const { store, open } = await makeStore();
    await store.transact((tx) => tx.put("repos", "counter", { source_path: "0" }));
    const handles = [store, open(), open(), open()];
    const increment = async (tx: Tx) => {
      const count = Number((await tx.find("repos", "counter"))?.source_path);
      // Gives every other transaction the chance to come in between
      await new Promise((resolve) => setImmediate(resolve));
      await tx.put("repos", "counter", { source_path: String(count + 1) });
      return count;
    };
    const seen = await Promise.all(Array.from({ length: 40 }, (_, n) => handles[n % 4]!.transact(increment)));
    expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: 40 }, (_, n) => n));
    expect((await store.read((tx) => tx.find("repos", "counter")))?.source_path).toBe("40");
  });

  test("lets only one of two transactions have what both saw free (no write skew)", async () => {
    const { store, open } = await makeStore();
    const claim = (id: string) => async (tx: Tx) => {
      const held = await tx.list("sessions", { where: { todo_id: "the-todo" } });
      await new Promise((resolve) => setImmediate(resolve));
      if (held.length > 0) return false;
      await tx.put("sessions", `app/${id}`, activeSession(id, { todo_id: "the-todo" }));
      return true;
    };
    const won = await Promise.all(["a", "b", "c", "d"].map((id) => open().transact(claim(id))));
    expect(won.filter(Boolean)).toHaveLength(1);
    expect(await store.read((tx) => tx.list("sessions"))).toHaveLength(1);
  });
}

function history(makeStore: MakeStore): void {
  test("finds a finished record by its key and no longer lists it as live", async () => {
    const { store, open } = await makeStore();
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1")));
    await store.transact((tx) => tx.put("sessions", "app/s1", finishedSession("s1", 5)));
    // Whatever is moved, is moved by now
    await store.transact((tx) => tx.put("repos", "app", { source_path: "/src/app" }));
    await open().read(async (tx) => {
      expect(await tx.find("sessions", "app/s1")).toEqual(finishedSession("s1", 5));
      expect(await tx.list("sessions")).toEqual([]);
      expect(await tx.list("sessions", { finishedSince: "ever" })).toEqual([
        { key: "app/s1", record: finishedSession("s1", 5) },
      ]);
    });
  });

  test("makes a finished record live again when it is put as active (resume), and shows it once", async () => {
    const { store } = await makeStore();
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1")));
    for (let round = 1; round <= 3; round += 1) {
      const end = finishedSession("s1", round);
      await store.transact((tx) => tx.put("sessions", "app/s1", end));
      expect(await listKeys(store, "ever")).toEqual(["app/s1"]);
      expect(await store.read((tx) => tx.find("sessions", "app/s1"))).toEqual(end);
      await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1", { updated_at: minute(round) })));
      expect(await listKeys(store, "ever")).toEqual(["app/s1"]);
      expect((await store.read((tx) => tx.find("sessions", "app/s1")))?.status).toBe("active");
    }
  });

  test("takes a change to a finished record; the last one counts", async () => {
    const { store } = await makeStore();
    await store.transact((tx) => tx.put("sessions", "app/s1", finishedSession("s1", 1)));
    await store.transact((tx) => tx.put("sessions", "app/s1", finishedSession("s1", 1, { topic: "corrected" })));
    await store.transact((tx) => tx.put("sessions", "app/s2", finishedSession("s2", 2)));
    await store.transact((tx) => tx.put("sessions", "app/s1", finishedSession("s1", 1, { topic: "corrected twice" })));
    expect((await store.read((tx) => tx.find("sessions", "app/s1")))?.topic).toBe("corrected twice");
    expect(await listKeys(store, "ever")).toEqual(["app/s2", "app/s1"]);
  });

  test("has no history for repositories and workspaces: they are live until they are removed", async () => {
    const { store } = await makeStore();
    await store.transact((tx) => tx.put("workspaces", "app/ws-001", availableWorkspace("ws-001")));
    await store.transact((tx) => tx.remove("workspaces", "app/ws-001"));
    await store.read(async (tx) => {
      expect(await tx.find("workspaces", "app/ws-001")).toBeUndefined();
      expect(await tx.list("workspaces", { finishedSince: "ever" })).toEqual([]);
    });
  });
}

function queries(makeStore: MakeStore): void {
  async function fill(store: Store): Promise<void> {
    await store.transact(async (tx) => {
      await tx.put("sessions", "app/bb22", activeSession("bb22"));
      await tx.put("sessions", "app/aa11", activeSession("aa11"));
      await tx.put("sessions", "web/aa99", activeSession("aa99", { repo: "web" }));
      for (const n of [3, 1, 4, 2]) await tx.put("sessions", `app/old${n}`, activeSession(`old${n}`));
    });
    for (const n of [3, 1, 4, 2]) {
      const status = n % 2 === 0 ? "failed" : "completed";
      await store.transact((tx) => tx.put("sessions", `app/old${n}`, finishedSession(`old${n}`, n, { status })));
    }
  }

  test("lists live records in key order, then finished ones, newest end first", async () => {
    const { store } = await makeStore();
    await fill(store);
    expect(await listKeys(store)).toEqual(["app/aa11", "app/bb22", "web/aa99"]);
    expect(await listKeys(store, "ever")).toEqual([
      "app/aa11",
      "app/bb22",
      "web/aa99",
      "app/old4",
      "app/old3",
      "app/old2",
      "app/old1",
    ]);
  });

  test("lists what finished at or after a time, however that time is written", async () => {
    const { store } = await makeStore();
    await fill(store);
    const finished = async (since: string) => (await listKeys(store, since)).slice(3);
    expect(await finished(minute(3))).toEqual(["app/old4", "app/old3"]);
    expect(await finished("2026-01-07T02:03:00+02:00")).toEqual(["app/old4", "app/old3"]);
    expect(await finished("2026-01-07T00:03:00.000000001Z")).toEqual(["app/old4", "app/old3"]);
    expect(await finished(minute(5))).toEqual([]);
    expect(await finished("1999-01-01T00:00:00Z")).toHaveLength(4);
  });

  test("lists by repository, by the start of the id and by fields, live and finished alike", async () => {
    const { store } = await makeStore();
    await fill(store);
    const keys = async (query: Parameters<Tx["list"]>[1]) =>
      (await store.read((tx) => tx.list("sessions", query))).map(({ key }) => key);
    expect(await keys({ repo: "web" })).toEqual(["web/aa99"]);
    expect(await keys({ repo: "we" })).toEqual([]);
    expect(await keys({ idPrefix: "aa" })).toEqual(["app/aa11", "web/aa99"]);
    expect(await keys({ idPrefix: "AA1" })).toEqual(["app/aa11"]);
    expect(await keys({ idPrefix: "old", finishedSince: "ever", repo: "app" })).toHaveLength(4);
    expect(await keys({ idPrefix: "app" })).toEqual([]);
    expect(await keys({ where: { todo_id: "todo-bb22" } })).toEqual(["app/bb22"]);
    expect(await keys({ where: { todo_id: "todo-old3" }, finishedSince: "ever" })).toEqual(["app/old3"]);
    expect(await keys({ where: { status: "failed" }, finishedSince: "ever" })).toEqual(["app/old4", "app/old2"]);
    expect(await keys({ where: { status: "failed", todo_id: "todo-old3" }, finishedSince: "ever" })).toEqual([]);
    expect(await keys({ where: { no_such_field: "x" }, finishedSince: "ever" })).toEqual([]);
  });

  test("judges a finished record by its last version only", async () => {
    const { store } = await makeStore();
    const put = (record: ReturnType<typeof finishedSession>) =>
      store.transact((tx) => tx.put("sessions", "app/s1", record));
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1")));
    await put(finishedSession("s1", 1, { status: "failed" }));
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1")));
    await put(finishedSession("s1", 2, { status: "completed" }));
    await store.transact((tx) => tx.put("repos", "app", { source_path: "/src/app" }));
    const failed = { where: { status: "failed" }, finishedSince: "ever" } as const;
    expect(await store.read((tx) => tx.list("sessions", failed))).toEqual([]);
  });

  test("finds repositories by the start of their slug", async () => {
    const { store } = await makeStore();
    await store.transact(async (tx) => {
      await tx.put("repos", "app", { source_path: "/app" });
      await tx.put("repos", "web", { source_path: "/web" });
    });
    const keys = async (query: Parameters<Tx["list"]>[1]) =>
      (await store.read((tx) => tx.list("repos", query))).map(({ key }) => key);
    expect(await keys({ idPrefix: "A" })).toEqual(["app"]);
    expect(await keys({ repo: "web" })).toEqual(["web"]);
  });

  test("goes through text of any alphabet and any quoting", async () => {
    const { store } = await makeStore();
    for (const [n, text] of ['say "hi"\n', "жизнь 🦔 \\", '","record":{"x":"', "\u2028 \u0000"].entries()) {
      const key = `app/s${n}`;
      await store.transact((tx) => tx.put("sessions", key, activeSession(`s${n}`, { todo_id: text })));
      await store.transact((tx) => tx.put("sessions", key, finishedSession(`s${n}`, n, { todo_id: text })));
      const found = await store.read((tx) => tx.list("sessions", { where: { todo_id: text }, finishedSince: "ever" }));
      expect(found.map((entry) => entry.key)).toEqual([key]);
      expect((await store.read((tx) => tx.find("sessions", key)))?.todo_id).toBe(text);
    }
  });
}

function snapshots(makeStore: MakeStore): void {
  test("reads one moment: a record that moves meanwhile is seen once, and as it was", async () => {
    const { store, open } = await makeStore();
    await store.transact((tx) => tx.put("sessions", "app/s1", activeSession("s1")));
    const seen = await store.read(async (tx) => {
      const before = await tx.list("sessions", { finishedSince: "ever" });
      await open().transact((other) => other.put("sessions", "app/s1", finishedSession("s1", 5)));
      await open().transact((other) => other.put("sessions", "app/s2", activeSession("s2")));
      await open().transact((other) => other.put("sessions", "app/s2", finishedSession("s2", 6)));
      await open().transact((other) => other.put("sessions", "app/s3", activeSession("s3")));
      expect(await tx.find("sessions", "app/s2")).toBeUndefined();
      return { before, after: await tx.list("sessions", { finishedSince: "ever" }) };
    });
    expect(seen.before).toEqual([{ key: "app/s1", record: activeSession("s1") }]);
    expect(seen.after).toEqual(seen.before);
    expect(await listKeys(store, "ever")).toEqual(["app/s3", "app/s2", "app/s1"]);
  });

  test("reads while a transaction is open, as of before it", async () => {
    const { store, open } = await makeStore();
    await store.transact((tx) => tx.put("repos", "app", { source_path: "/old" }));
    await store.transact(async (tx) => {
      await tx.put("repos", "app", { source_path: "/new" });
      expect(await open().read((other) => other.find("repos", "app"))).toEqual({ source_path: "/old" });
    });
    expect(await open().read((tx) => tx.find("repos", "app"))).toEqual({ source_path: "/new" });
  });

  test("never shows half of a transaction, nor a record twice or not at all, while others write", async () => {
    const { store, open } = await makeStore();
    await store.transact(async (tx) => {
      await tx.put("sessions", "app/s", activeSession("s"));
      await tx.put("repos", "round", { source_path: "0" });
    });
    let writing = true;
    const writer = (async () => {
      for (let round = 1; round <= 60; round += 1) {
        await open().transact(async (tx) => {
          const topic = String(round);
          await tx.put(
            "sessions",
            "app/s",
            round % 2 === 0 ? activeSession("s", { topic }) : finishedSession("s", round, { topic }),
          );
          await tx.put("repos", "round", { source_path: topic });
        });
      }
      writing = false;
    })();
    const reader = open();
    while (writing) {
      const { sessions, round } = await reader.read(async (tx) => {
        const round = Number((await tx.find("repos", "round"))?.source_path);
        await new Promise((resolve) => setImmediate(resolve));
        return { round, sessions: await tx.list("sessions", { finishedSince: "ever" }) };
      });
      expect(sessions).toHaveLength(1);
      expect(Number(sessions[0]?.record.topic ?? 0)).toBe(round);
      expect(sessions[0]?.record.status).toBe(round % 2 === 0 ? "active" : "completed");
      await new Promise((resolve) => setImmediate(resolve));
    }
    await writer;
  });
}

async function listKeys(store: Store, finishedSince?: string): Promise<string[]> {
  const query = finishedSince === undefined ? {} : { finishedSince };
  return (await store.read((tx) => tx.list("sessions", query))).map(({ key }) => key);
}

async function everything(store: Store): Promise<Entry<never>[][]> {
  return store.read(async (tx) => [
    (await tx.list("repos")) as never,
    (await tx.list("sessions", { finishedSince: "ever" })) as never,
  ]);
}
