/** The todo store on its git ref. */
import { describe, expect, test } from "vitest";
import { updateTodo } from "../../src/domain/todo/update.ts";
import { LATER, makeTodo } from "../support/todo.ts";
import { loadedIds, makeTodoRepo, put, putIds, REF } from "./support.ts";

describe("an empty repository", () => {
  test("has no todos, and looking makes nothing", async () => {
    const { todos, git } = await makeTodoRepo();
    expect(await todos.load()).toEqual({ version: null, todos: new Map(), problems: [], ids: [] });
    expect(await todos.find("k3j2h1g4")).toBeUndefined();
    expect(await git(["for-each-ref", "refs/incr"])).toBe("");
  });

  test("gets a beginning that is the same everywhere, so that todos of two clones can be merged", async () => {
    const [one, two] = [await makeTodoRepo(), await makeTodoRepo({ name: "other" })];
    await putIds(one.todos, "aaaaaaaa");
    await putIds(two.todos, "bbbbbbbb");
    const begin = (repo: typeof one) => repo.git(["rev-list", "--max-parents=0", REF]);
    expect(await begin(one)).toBe(await begin(two));
    expect(await one.git(["show", `${REF}:version`])).toBe("1");
    expect(await one.git(["show", `${REF}:README.md`])).toContain("# Todos");
  });
});

describe("reading", () => {
  test("gives what was put, all of it or what was asked for", async () => {
    const { todos } = await makeTodoRepo();
    const [a, b, c] = [makeTodo("aa234567", { description: "ä\n😀" }), makeTodo("ab234567"), makeTodo("b2345678")];
    await put(todos, a, b, c);
    const all = await todos.load();
    expect(all.todos).toEqual(new Map([a, b, c].map((todo) => [todo.id, todo])));
    expect(all.version).toMatch(/^[0-9a-f]{40}$/);
    const ids = ["aa234567", "ab234567", "b2345678"];
    const loaded = async (selection: Parameters<typeof todos.load>[0]) => {
      const snapshot = await todos.load(selection);
      expect(snapshot.ids.toSorted()).toEqual(ids);
      return [...snapshot.todos.keys()].toSorted();
    };
    expect(await loaded({ ids: ["ab234567", "zz234567"] })).toEqual(["ab234567"]);
    expect(await loaded({ ids: [] })).toEqual([]);
    expect(await loaded({ prefixes: ["A"] })).toEqual(["aa234567", "ab234567"]);
    expect(await loaded({ prefixes: ["b", "aa2"], ids: ["ab234567"] })).toEqual(ids);
    expect(await todos.find("aa234567")).toEqual(a);
  });

  test("brings dependencies along, however far, around and into nowhere", async () => {
    const { todos } = await makeTodoRepo();
    await put(
      todos,
      makeTodo("a", { dependsOn: ["b", "nowhere"] }),
      makeTodo("b", { dependsOn: ["c"] }),
      makeTodo("c", { dependsOn: ["a"] }),
      makeTodo("d", { dependsOn: ["a"] }),
    );
    const snapshot = await todos.load({ ids: ["a"], withDependencies: true });
    expect([...snapshot.todos.keys()]).toEqual(["a", "b", "c"]);
  });

  test("of an earlier moment still works", async () => {
    const { todos } = await makeTodoRepo();
    await putIds(todos, "aaaaaaaa");
    const { version } = await todos.load();
    await put(todos, makeTodo("aaaaaaaa", { title: "New" }), makeTodo("bbbbbbbb"));
    expect(await todos.find("aaaaaaaa", version!)).toEqual(makeTodo("aaaaaaaa"));
    expect(await todos.find("bbbbbbbb", version!)).toBeUndefined();
    for (const unknown of ["0".repeat(40), "HEAD", "main\nHEAD"]) {
      await expect(todos.find("aaaaaaaa", unknown)).rejects.toMatchObject({ code: "not_found" });
    }
  });
});

describe("changing", () => {
  test("shows the decision only what it asked for, and returns its result", async () => {
    const { todos } = await makeTodoRepo();
    await putIds(todos, "aaaaaaaa", "bbbbbbbb");
    const result = await todos.update(
      (snapshot) => {
        expect([...snapshot.todos.keys()]).toEqual(["aaaaaaaa"]);
        const todo = updateTodo(snapshot.todos.get("aaaaaaaa")!, { title: "New" }, LATER);
        return { change: { put: [todo], message: "update aaaaaaaa" }, result: 42 };
      },
      { ids: ["aaaaaaaa"] },
    );
    expect(result).toBe(42);
    expect(await todos.find("aaaaaaaa")).toEqual(makeTodo("aaaaaaaa", { title: "New", updated_at: LATER }));
  });

  test("writes one commit with its message by the user, and none for nothing", async () => {
    const { todos, git } = await makeTodoRepo();
    await putIds(todos, "aaaaaaaa", "bbbbbbbb", "cccccccc");
    const log = () => git(["log", "--format=%an <%ae> %s", REF]);
    const before = "Test User <test@example.com> put 3\nincr <incr@localhost> Begin the list of todos";
    expect(await log()).toBe(before);
    await putIds(todos, "aaaaaaaa", "bbbbbbbb");
    await put(todos);
    expect(await log()).toBe(before);
    await put(todos, makeTodo("aaaaaaaa"), makeTodo("bbbbbbbb", { title: "New" }));
    expect(await log()).toBe(`Test User <test@example.com> put 2\n${before}`);
    expect(await git(["diff", "--name-only", `${REF}~`, REF])).toBe("b/bbbbbbbb.json");
  });

  test("that is refused leaves everything as it was", async () => {
    const { todos } = await makeTodoRepo();
    await putIds(todos, "aaaaaaaa");
    const before = await todos.load();
    const refuse = todos.update(() => {
      throw new Error("no");
    });
    await expect(refuse).rejects.toThrow("no");
    expect(await todos.load()).toEqual(before);
  });

  test("never replaces a todo that the decision did not see", async () => {
    const { todos } = await makeTodoRepo();
    await putIds(todos, "aaaaaaaa");
    const blind = todos.update(
      () => ({ change: { put: [makeTodo("aaaaaaaa", { title: "Blind" })], message: "x" }, result: undefined }),
      { ids: [] },
    );
    await expect(blind).rejects.toThrow("todo aaaaaaaa is replaced without being read");
    expect(await todos.find("aaaaaaaa")).toEqual(makeTodo("aaaaaaaa"));
  });

  test("keeps a description of 5 MiB", async () => {
    const { todos } = await makeTodoRepo();
    const description = 'line with ünïcödé 😀 and "quotes"\n'.repeat(150_000).trimEnd();
    expect(Buffer.byteLength(description)).toBeGreaterThan(5 * 1024 * 1024);
    await put(todos, makeTodo("aaaaaaaa", { description }), makeTodo("bbbbbbbb"));
    expect(await todos.find("aaaaaaaa")).toEqual(makeTodo("aaaaaaaa", { description }));
    expect(await loadedIds(todos)).toEqual(["aaaaaaaa", "bbbbbbbb"]);
  });

  test("of many todos at once is one commit too", async () => {
    const { todos, git } = await makeTodoRepo();
    const ids = Array.from({ length: 1500 }, (_, n) => `t${n}`);
    await putIds(todos, ...ids);
    expect(await loadedIds(todos)).toEqual(ids.toSorted());
    expect(await git(["rev-list", "--count", REF])).toBe("2");
  });
});
