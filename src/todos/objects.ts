/** Reading git objects through one `git cat-file --batch`: a whole look at the todos costs one process, however many objects it takes. */
import type { ChildProcess } from "node:child_process";
import { IncrError } from "../domain/error.ts";
import type { Git } from "../git/git.ts";

export interface GitObject {
  id: string;
  type: string;
  body: Buffer;
}

/**
 * Objects by name (an id, a ref, `<commit>:<path>`; no blanks), in the order of the names. Null: there is none. An object that git cannot read
 * (a damaged file in `.git/objects`) is an error with git's words; the others still come.
 */
export type ReadObjects = (names: readonly string[]) => Promise<(GitObject | null | Error)[]>;

/** @throws IncrError `git` if git cannot run here at all */
export async function withObjects<T>(git: Git, work: (read: ReadObjects) => Promise<T>): Promise<T> {
  let batch: Batch | null = null;
  const read: ReadObjects = async (names) => {
    const found: (GitObject | null | Error)[] = [];
    while (found.length < names.length) {
      batch ??= openBatch(await git.start(["cat-file", "--batch"]));
      const { objects, end } = await batch.ask(names.slice(found.length));
      found.push(...objects);
      if (end === null) continue;
      // git gave up at the object that it was asked for next: the rest is asked of another process.
      if (objects.length === 0 && found.length === 0 && !batch.hasAnswered) throw end;
      batch = null;
      found.push(end);
    }
    return found;
  };
  try {
    return await work(read);
  } finally {
    await (batch as Batch | null)?.close();
  }
}

interface Batch {
  readonly hasAnswered: boolean;
  /** What was read, and, if the process ended before the last one, why. */
  ask(names: readonly string[]): Promise<{ objects: (GitObject | null)[]; end: IncrError | null }>;
  close(): Promise<void>;
}

function openBatch(child: ChildProcess): Batch {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("git was started without pipes");
  const parse = createParser();
  let complaints = "";
  let hasAnswered = false;
  let answers: (GitObject | null)[] = [];
  const state = { ended: false, wake: noOne };
  // An early end of git shows in the missing answers; the broken pipe says nothing more.
  stdin.on("error", noOne);
  stderr.on("data", (chunk: Buffer) => (complaints += chunk.toString("utf8")));
  stdout.on("data", (chunk: Buffer) => {
    hasAnswered = true;
    answers.push(...parse(chunk));
    state.wake();
  });
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => {
      state.ended = true;
      state.wake();
      resolve();
    });
  });
  return {
    get hasAnswered() {
      return hasAnswered;
    },
    async ask(names) {
      stdin.write(names.map((name) => `${name}\n`).join(""));
      while (answers.length < names.length && !state.ended) {
        await new Promise<void>((resolve) => (state.wake = resolve));
      }
      const objects = answers;
      answers = [];
      return { objects, end: objects.length < names.length ? failure(complaints) : null };
    },
    async close() {
      stdin.end();
      await closed;
    },
  };
}

function noOne(): void {}

/** Cuts the output of `cat-file --batch` into objects: `<id> <type> <size>\n<body>\n`, or `<name> missing\n`. */
function createParser(): (chunk: Buffer) => (GitObject | null)[] {
  let chunks: Buffer[] = [];
  let size = 0;
  let header: { id: string; type: string; length: number } | null = null;
  const take = (length: number): Buffer => {
    const all = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
    const rest = all.subarray(length);
    chunks = rest.length === 0 ? [] : [rest];
    size = rest.length;
    return all.subarray(0, length);
  };
  return (chunk) => {
    const found: (GitObject | null)[] = [];
    chunks.push(chunk);
    size += chunk.length;
    for (;;) {
      if (header === null) {
        if (size === 0) return found;
        if (chunks.length > 1) chunks = [Buffer.concat(chunks)];
        const end = (chunks[0] as Buffer).indexOf(0x0a);
        if (end < 0) return found;
        const [id, type, length] = take(end + 1)
          .toString("latin1")
          .trimEnd()
          .split(" ");
        if (length === undefined) found.push(null);
        else header = { id: id as string, type: type as string, length: Number(length) };
      } else {
        if (size <= header.length) return found;
        found.push({ id: header.id, type: header.type, body: take(header.length + 1).subarray(0, header.length) });
        header = null;
      }
    }
  };
}

function failure(complaints: string): IncrError {
  const words = complaints
    .split("\n")
    .map((line) => line.replace(/^(fatal|error): /, "").trim())
    .filter((line) => line !== "");
  return new IncrError("git", `git cat-file failed: ${words.slice(0, 3).join("; ") || "it ended early"}`, {
    data: { stderr: complaints.slice(0, 4000) },
  });
}

export interface TreeEntry {
  mode: string;
  name: string;
  id: string;
}

/** The entries of a tree object: `<mode> <name>\0<id>`, with ids of 20 (sha1) or 32 bytes (sha256). */
export function parseTree(tree: GitObject): TreeEntry[] {
  const { body } = tree;
  const width = tree.id.length / 2;
  const entries: TreeEntry[] = [];
  for (let at = 0; at < body.length;) {
    const blank = body.indexOf(0x20, at);
    const zero = body.indexOf(0x00, blank);
    entries.push({
      mode: body.toString("latin1", at, blank),
      name: body.toString("utf8", blank + 1, zero),
      id: body.toString("hex", zero + 1, zero + 1 + width),
    });
    at = zero + 1 + width;
  }
  return entries;
}
