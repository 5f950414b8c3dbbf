/**
 * Finding the todo list again when its ref does not lead to it any more (a file of a crashed system is easily empty): its commits are still in the
 * repository, and the last one is a commit that nothing leads to. Where the ref leads to something that is not whole, an earlier version of it may be.
 */
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { IncrError } from "../domain/error.ts";
import type { Git } from "../git/git.ts";
import type { LostTodos } from "../ports/todos.ts";
import { syncFolder } from "../store/atomic-file.ts";
import { ioError } from "../store/io-error.ts";
import { isTodoFolder, README_FILE, TODO_REF, todoIdOf, VERSION_FILE } from "./layout.ts";
import { parseTree, withObjects, type Found, type GitObject, type ObjectReader, type TreeEntry } from "./objects.ts";

/** In a damaged repository git complains by its exit code; what it lists is good all the same. */
const okCodes = Array.from({ length: 256 }, (_, code) => code);
/** How far back in what is left of the history is looked. */
const VERSIONS = 50;

/** The newest version of the list that is whole; null if there is none. Looks through the whole repository, which can take a while. */
export async function findLostTodos(git: Git): Promise<LostTodos | null> {
  const own = await git.run(["rev-list", `--max-count=${VERSIONS}`, TODO_REF], { okCodes });
  const fsck = ["fsck", "--no-reflogs", "--connectivity-only", "--dangling", "--no-progress"];
  const dangling = await git.run(fsck, { okCodes });
  const ids = [
    ...own.stdout.toString("latin1").matchAll(/^([0-9a-f]{40,64})$/gm),
    ...dangling.stdout.toString("latin1").matchAll(/^dangling commit ([0-9a-f]+)$/gm),
  ].map(([, id]) => id as string);
  return await withObjects(git, async ({ read }) => {
    let newest: LostTodos | null = null;
    for (const found of await readLists(read, ids)) {
      if (newest === null || found.changed_at > newest.changed_at) newest = found;
    }
    return newest;
  });
}

/**
 * Puts the ref at `commit`. To be called under the lock of the todos, by somebody who has seen that the list cannot be read. git refuses to write a ref that
 * it cannot read, and removing that first would leave none for a moment; so its file is replaced as git itself does it, under the ref's own lock.
 * Errors: `rule` if somebody else has put it back, `busy`, `io`, `git`.
 */
export async function recoverTodos(git: Git, commonDir: string, commit: string): Promise<void> {
  const old = await git.text(["rev-parse", "--verify", "--quiet", TODO_REF], { okCodes: [0, 1] });
  if (old === "") replaceRef(join(commonDir, TODO_REF), commit);
  else await git.run(["update-ref", TODO_REF, commit, old]);
}

/** Commits whose tree is that of a todo list: nothing else has a `version` and folders of one character. */
async function readLists(read: ObjectReader["read"], ids: readonly string[]): Promise<LostTodos[]> {
  const commits = (await read(ids)).filter((object) => isType(object, "commit"));
  const texts = commits.map(({ body }) => body.toString("utf8"));
  const trees = await read(texts.map((text) => /^tree ([0-9a-f]+)$/m.exec(text)?.[1] ?? ""));
  const lists: LostTodos[] = [];
  for (const [index, tree] of trees.entries()) {
    if (!isType(tree, "tree")) continue;
    const entries = parseTree(tree);
    const folders = entries.filter(({ name }) => isTodoFolder(name));
    const others = entries.filter((entry) => !folders.includes(entry)).map(({ name }) => name);
    if (!others.includes(VERSION_FILE) || others.some((name) => name !== VERSION_FILE && name !== README_FILE))
      continue;
    const todos = await countTodos(read, entries);
    if (todos === null) continue;
    const seconds = Number(/^committer .* (\d+) [+-]\d{4}$/m.exec(texts[index] ?? "")?.[1] ?? 0);
    lists.push({ commit: (commits[index] as GitObject).id, changed_at: new Date(seconds * 1000).toISOString(), todos });
  }
  return lists;
}

/** Null if a part of the list is missing. Todos that cannot be read count: they are damaged one by one. */
async function countTodos(read: ObjectReader["read"], entries: readonly TreeEntry[]): Promise<number | null> {
  let count = 0;
  for (const [index, object] of (await read(entries.map(({ id }) => id))).entries()) {
    const folder = entries[index]?.name ?? "";
    if (!isTodoFolder(folder) && isType(object, "blob")) continue;
    if (!isType(object, "tree")) return null;
    count += parseTree(object).filter(({ name }) => todoIdOf(folder, name) !== undefined).length;
  }
  return count;
}

function isType(object: Found, type: string): object is GitObject {
  return object !== null && !(object instanceof Error) && object.type === type;
}

function replaceRef(path: string, commit: string): void {
  const lock = `${path}.lock`;
  let fd: number;
  try {
    fd = openSync(lock, "wx");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw ioError(error, `lock ${path}`, path);
    throw new IncrError("busy", `${path} is being changed by git`, {
      hint: `if no git process is running, remove ${lock}`,
      data: { path },
    });
  }
  try {
    const found = readFileSync(path, "utf8").trim();
    if (/^[0-9a-f]{40,64}$/.test(found)) throw new IncrError("rule", "somebody else has put the todo list back");
    writeSync(fd, `${commit}\n`);
    fsyncSync(fd);
    renameSync(lock, path);
    syncFolder(join(path, ".."));
  } catch (error) {
    rmSync(lock, { force: true });
    throw ioError(error, `save ${path}`, path);
  } finally {
    closeSync(fd);
  }
}
