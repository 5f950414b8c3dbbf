/** Reading the todo ref: the commit, its trees, and the files that were asked for, all of one moment. */
import { IncrError } from "../domain/error.ts";
import { dependencyIds, type Todo } from "../domain/todo.ts";
import type { Git } from "../git/git.ts";
import type { TodoProblem, TodoSelection, TodoSnapshot } from "../ports/todos.ts";
import { decodeTodo, type TodoFile } from "./format.ts";
import { FORMAT_VERSION, isTodoFolder, todoIdOf, todoPath, TODO_REF, VERSION_FILE } from "./layout.ts";
import { parseTree, withObjects, type Found, type GitObject, type ObjectReader, type TreeEntry } from "./objects.ts";

/** A snapshot with what only the files know. */
export interface TodoTree extends TodoSnapshot {
  /** Whether the ref has its `version` file yet. */
  hasVersion: boolean;
  files: ReadonlyMap<string, TodoFile & { text: string }>;
}

/** @param version a commit of the ref's history; absent: the newest one. Errors: `not_found` (no such version), `newer_state`, `corrupt` (no commit, no tree, no number in `version`), `git`. */
export async function readTodos(git: Git, selection: TodoSelection = {}, version?: string): Promise<TodoTree> {
  return await withObjects(git, async ({ read, visit }) => {
    if (version !== undefined && !/^[0-9a-f]{40,64}$/.test(version)) throw versionError(version);
    const [commit] = await read([version ?? TODO_REF]);
    if (commit === null || commit === undefined) {
      if (version === undefined) return await emptyTree(git);
      throw versionError(version);
    }
    const root = await readRoot(read, required(commit, "commit", version ?? TODO_REF));
    const { blobs, hasVersion } = await readFolders(read, root);
    const todos = new Map<string, Todo>();
    const files = new Map<string, TodoFile & { text: string }>();
    const problems: TodoProblem[] = [];
    const asked = new Set<string>();
    for (let wanted = select(blobs, selection); wanted.length > 0;) {
      await visit(
        wanted.map((id) => blobs.get(id) as string),
        (found, index) => {
          const id = wanted[index] as string;
          const outcome = decode(found, id);
          if (!outcome.ok) problems.push({ id, path: todoPath(id), reason: outcome.reason });
          else {
            files.set(id, outcome.file);
            todos.set(id, outcome.file.todo);
          }
        },
      );
      for (const id of wanted) asked.add(id);
      if (selection.withDependencies !== true) break;
      const next = new Set(wanted.flatMap((id) => dependenciesOf(todos.get(id))));
      wanted = [...next].filter((id) => !asked.has(id) && blobs.has(id));
    }
    return { version: (commit as GitObject).id, todos, problems, ids: [...blobs.keys()], hasVersion, files };
  });
}

/** The ids of todos, with the ids of their blobs. */
type Blobs = Map<string, string>;

/** A ref that exists and cannot be read is damage; taking it for "no todos yet" would begin a second history. */
async function emptyTree(git: Git): Promise<TodoTree> {
  const ref = await git.run(["rev-parse", "--verify", "--quiet", TODO_REF], { okCodes: [0, 1] });
  if (ref.code === 0) throw damaged(`${TODO_REF} points to ${ref.stdout.toString("latin1").trim()}, which is missing`);
  // git takes a ref whose file is empty or garbage for none; only when it lists refs, it says that it passes over it.
  const listed = await git.run(["for-each-ref", "--format=%(refname)", TODO_REF], { okCodes: [0, 1, 128] });
  if (listed.stderr.includes(TODO_REF)) throw damaged(`${TODO_REF} cannot be read: it does not name a commit`);
  return { version: null, todos: new Map(), problems: [], ids: [], hasVersion: false, files: new Map() };
}

async function readRoot(read: ObjectReader["read"], commit: GitObject): Promise<TreeEntry[]> {
  const id = /^tree ([0-9a-f]+)$/m.exec(commit.body.toString("latin1"))?.[1];
  if (id === undefined) throw damaged(`commit ${commit.id} of ${TODO_REF} names no tree`);
  const [tree] = await read([id]);
  return parseTree(required(tree, "tree", `the tree ${id} of ${TODO_REF}`));
}

async function readFolders(
  read: ObjectReader["read"],
  root: TreeEntry[],
): Promise<{ blobs: Blobs; hasVersion: boolean }> {
  const version = root.filter(({ name }) => name === VERSION_FILE);
  const folders = root.filter(({ mode, name }) => mode === "40000" && isTodoFolder(name));
  const objects = await read([...version, ...folders].map(({ id }) => id));
  if (version.length > 0) requireVersion(required(objects[0], "blob", `${TODO_REF}:${VERSION_FILE}`));
  const blobs: Blobs = new Map();
  for (const [index, folder] of folders.entries()) {
    const tree = required(objects[version.length + index], "tree", `${TODO_REF}:${folder.name}`);
    for (const entry of parseTree(tree)) {
      const id = todoIdOf(folder.name, entry.name);
      if (id !== undefined) blobs.set(id, entry.id);
    }
  }
  return { blobs, hasVersion: version.length > 0 };
}

function requireVersion(blob: GitObject): void {
  const version = /^(\d+)\s*$/.exec(blob.body.toString("utf8"))?.[1];
  if (version === undefined) throw damaged(`${TODO_REF}:${VERSION_FILE} is not a number`);
  if (Number(version) <= FORMAT_VERSION) return;
  throw new IncrError(
    "newer_state",
    `the todos are kept in format ${version}, this program knows ${FORMAT_VERSION} and older`,
    { hint: "install a newer version of incr", data: { version: Number(version), known: FORMAT_VERSION } },
  );
}

function select(blobs: Blobs, { ids, prefixes }: TodoSelection): string[] {
  if (ids === undefined && prefixes === undefined) return [...blobs.keys()];
  const wanted = new Set((ids ?? []).filter((id) => blobs.has(id)));
  const starts = (prefixes ?? []).map((prefix) => prefix.toLowerCase());
  if (starts.length > 0) {
    for (const id of blobs.keys()) if (starts.some((start) => id.startsWith(start))) wanted.add(id);
  }
  return [...wanted];
}

function decode(
  object: Found,
  id: string,
): { ok: true; file: TodoFile & { text: string } } | { ok: false; reason: string } {
  if (object instanceof Error) return { ok: false, reason: object.message };
  if (object === null || object === undefined)
    return { ok: false, reason: "its object is missing from the repository" };
  if (object.type !== "blob") return { ok: false, reason: `it is a ${object.type}, not a file` };
  const text = object.body.toString("utf8");
  const outcome = decodeTodo(text, id);
  return outcome.ok ? { ok: true, file: { ...outcome.file, text } } : outcome;
}

function dependenciesOf(todo: Todo | undefined): string[] {
  return todo === undefined ? [] : dependencyIds(todo);
}

function required(object: Found | undefined, type: string, what: string): GitObject {
  if (object instanceof Error) throw object;
  if (object === null || object === undefined) throw damaged(`${what} is missing from the repository`);
  if (object.type !== type) throw damaged(`${what} is a ${object.type}, not a ${type}`);
  return object;
}

function versionError(version: string): IncrError {
  return new IncrError("not_found", `there is no version ${version} of the todos`);
}

function damaged(message: string): IncrError {
  return new IncrError("corrupt", message, { hint: "incr doctor --fix" });
}
