/** Reading git objects through one `git cat-file --batch`: a whole look at the todos costs one process, however many objects it takes. */
import type { ChildProcess } from "node:child_process";
import { IncrError } from "../domain/error.ts";
import { foreignOwner, type Git } from "../git/git.ts";

export interface GitObject {
  id: string;
  type: string;
  body: Buffer;
}

/** What a name stands for. Null: nothing. An error with git's words: an object that git cannot read (a damaged file in `.git/objects`). */
export type Found = GitObject | null | Error;

/** Names are ids, refs or `<commit>:<path>`, without blanks. */
export interface ObjectReader {
  /** The objects in the order of their names. */
  read(names: readonly string[]): Promise<Found[]>;
  /** Hands the objects over one by one while git is still reading the next ones. */
  visit(names: readonly string[], each: (found: Found, index: number) => void): Promise<void>;
}

/** @throws IncrError `git` if git cannot run here at all */
export async function withObjects<T>(git: Git, work: (objects: ObjectReader) => Promise<T>): Promise<T> {
  let batch: Batch | null = null;
  const visit: ObjectReader["visit"] = async (names, each) => {
    let index = 0;
    while (index < names.length) {
      batch ??= openBatch(await git.start(["cat-file", "--batch"]));
      const end = await batch.ask(names.slice(index), (found) => each(found, index++));
      if (end === null) continue;
      // git gave up at the object that it was asked for next: the rest is asked of another process.
      if (index === 0 && !batch.hasAnswered) throw end;
      batch = null;
      each(end, index++);
    }
  };
  const read: ObjectReader["read"] = async (names) => {
    const all: Found[] = [];
    await visit(names, (found) => void all.push(found));
    return all;
  };
  try {
    return await work({ read, visit });
  } finally {
    await (batch as Batch | null)?.close();
  }
}

interface Batch {
  readonly hasAnswered: boolean;
  /** Hands over what was found; resolves to why the process ended, if that was before the last one, else to null. */
  ask(names: readonly string[], each: (found: GitObject | null) => void): Promise<IncrError | null>;
  close(): Promise<void>;
}

/** One `ask` at a time. */
interface Question {
  open: number;
  each: (found: GitObject | null) => void;
  answered(): void;
  failed(error: unknown): void;
}

function openBatch(child: ChildProcess): Batch {
  const { stdin, stdout, stderr } = child;
  if (stdin === null || stdout === null || stderr === null) throw new Error("git was started without pipes");
  const parse = createParser();
  const state: { question: Question | null; ended: boolean; hasAnswered: boolean; complaints: string } = {
    question: null,
    ended: false,
    hasAnswered: false,
    complaints: "",
  };
  // An early end of git shows in the missing answers; the broken pipe says nothing more.
  stdin.on("error", noOne);
  stderr.on("data", (chunk: Buffer) => (state.complaints += chunk.toString("utf8")));
  stdout.on("data", (chunk: Buffer) => {
    state.hasAnswered = true;
    const { question } = state;
    if (question === null) return;
    try {
      parse(chunk, (found) => {
        question.open -= 1;
        question.each(found);
      });
      if (question.open === 0) question.answered();
    } catch (error) {
      question.failed(error);
    }
  });
  const closed = new Promise<void>((resolve) => {
    child.once("close", () => {
      state.ended = true;
      state.question?.answered();
      resolve();
    });
  });
  return {
    get hasAnswered() {
      return state.hasAnswered;
    },
    async ask(names, each) {
      const question: Question = { open: names.length, each, answered: noOne, failed: noOne };
      const end = new Promise<void>((resolve, reject) =>
        Object.assign(question, { answered: resolve, failed: reject }),
      );
      state.question = question;
      stdin.write(names.map((name) => `${name}\n`).join(""));
      if (!state.ended) await end;
      return question.open === 0 ? null : failure(state.complaints);
    },
    async close() {
      state.question = null;
      stdin.end();
      await closed;
    },
  };
}

function noOne(): void {}

/** Cuts the output of `cat-file --batch` into objects: `<id> <type> <size>\n<body>\n`, or `<name> missing\n`. */
function createParser(): (chunk: Buffer, each: (found: GitObject | null) => void) => void {
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
  return (chunk, each) => {
    chunks.push(chunk);
    size += chunk.length;
    for (;;) {
      if (header === null) {
        if (size === 0) return;
        if (chunks.length > 1) chunks = [Buffer.concat(chunks)];
        const end = (chunks[0] as Buffer).indexOf(0x0a);
        if (end < 0) return;
        const [id, type, length] = take(end + 1)
          .toString("latin1")
          .trimEnd()
          .split(" ");
        if (length === undefined) each(null);
        else header = { id: id as string, type: type as string, length: Number(length) };
      } else {
        if (size <= header.length) return;
        const { id, type, length } = header;
        header = null;
        each({ id, type, body: take(length + 1).subarray(0, length) });
      }
    }
  };
}

function failure(complaints: string): IncrError {
  const words = complaints
    .split("\n")
    .map((line) => line.replace(/^(fatal|error): /, "").trim())
    .filter((line) => line !== "");
  const data = { stderr: complaints.slice(0, 4000) };
  const foreign = foreignOwner(complaints);
  if (foreign !== undefined) return new IncrError("git", foreign.message, { hint: foreign.hint, data });
  return new IncrError("git", `git cat-file failed: ${words.slice(0, 3).join("; ") || "it ended early"}`, { data });
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
