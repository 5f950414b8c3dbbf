/**
 * A JSON document with a schema, a lock and an atomic save. Everything of ours that several processes change at once is one of these: the state, a
 * stream's tasks, the journal, a workflow.
 */
import { mkdirSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { IncrError } from "../domain/error.ts";
import { UPDATE_HINT } from "../domain/update-hint.ts";
import type { SchemaIssue } from "../domain/schema.ts";
import { replaceFile, sweepLeftovers } from "./atomic-file.ts";
import { ioError, isSystemError, orIoError } from "./io-error.ts";
import { parseJson } from "./json-text.ts";
import { withLock, type LockOptions } from "./lock.ts";

export interface DocumentOptions<T> {
  path: string;
  /** The lock file; never the document itself, which is renamed over. */
  lockPath: string;
  lock: LockOptions;
  /**
   * Checks what was parsed (null for a file that says `null`) and turns it into the value to work with. It may fill in and put right what older or
   * foreign writers left out, and it must keep what it does not know.
   */
  accept: (raw: unknown) => { ok: true; value: T } | { ok: false; issue: SchemaIssue };
  /** The value of a file that does not exist. */
  empty: () => T;
  /** The text of a value: by default JSON with an indent of two and a final newline. */
  format?: (value: T) => string;
  /**
   * The newest `version` that `accept` understands: a number, or the first number of a text such as `1.0.0`; a file without one has version 1. A newer
   * file is neither written nor read, since what its records mean may have changed. Absent: the document has no versions.
   */
  newestVersion?: number;
  /** 0600 by default; `keep` is for files in a repository. */
  mode?: number | "keep";
  /** True by default; false is for what may be lost in a power cut. */
  fsync?: boolean;
  /** Keeps the content as it was before the last save in `<path>.bak`. */
  backup?: boolean;
  /** The command that puts the file right when it is damaged; absent: the hint says what a person can do. */
  repair?: string;
}

export interface JsonDocument<T> {
  readonly path: string;
  /** The value as of now, without any lock. Errors: `corrupt`, `newer_state`, `io`. */
  read(): T;
  /**
   * Reads, decides and saves, alone; `decide` may change the value in place. Nothing is written if the value is the same afterwards, or if `decide` throws.
   * Errors: `busy`, `corrupt`, `newer_state`, `io`, and what `decide` throws.
   */
  update<R>(decide: (value: T) => Decision<T, R> | Promise<Decision<T, R>>): Promise<R>;
  /** Runs `work` with the lock held; it saves by itself, or not at all. */
  exclusively<R>(work: (held: HeldDocument<T>) => R | Promise<R>): Promise<R>;
}

export interface Decision<T, R> {
  /** What to save; absent: nothing. */
  value?: T;
  result: R;
}

export interface HeldDocument<T> {
  readonly value: T;
  /** False if there is no file yet. */
  readonly exists: boolean;
  save(value: T): void;
}

/** Describes a document; nothing is read or made until it is used. */
export function openDocument<T>(options: DocumentOptions<T>): JsonDocument<T> {
  const format = options.format ?? ((value: T) => `${JSON.stringify(value, null, 2)}\n`);
  let swept = false;

  function save(value: T): void {
    if (!swept) prepareFolder();
    swept = true;
    replaceFile(options.path, format(value), {
      mode: options.mode ?? 0o600,
      fsync: options.fsync ?? true,
      ...(options.backup === true ? { backup: backupPath(options.path) } : {}),
    });
  }

  function prepareFolder(): void {
    const folder = dirname(options.path);
    orIoError(`make ${folder}`, folder, () =>
      mkdirSync(folder, { recursive: true, mode: options.lock.folderMode ?? 0o700 }),
    );
    sweepLeftovers(options.path);
  }

  async function exclusively<R>(work: (held: HeldDocument<T>) => R | Promise<R>): Promise<R> {
    return withLock(options.lockPath, options.lock, () => {
      const bytes = readBytes(options.path);
      return work({ value: parse(options, bytes), exists: bytes !== undefined, save });
    });
  }

  return {
    path: options.path,
    read: () => parse(options, readBytes(options.path)),
    exclusively,
    update: (decide) =>
      exclusively(async (held) => {
        const before = format(held.value);
        const { value, result } = await decide(held.value);
        if (value !== undefined && format(value) !== before) save(value);
        return result;
      }),
  };
}

/** Where the content before the last save of `path` is kept. */
export function backupPath(path: string): string {
  return `${path}.bak`;
}

function readBytes(path: string): Uint8Array | undefined {
  try {
    return readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw ioError(error, `read ${path}`, path);
  }
}

function parse<T>(options: DocumentOptions<T>, bytes: Uint8Array | undefined): T {
  if (bytes === undefined) return options.empty();
  const parsed = examine(options, bytes);
  if (parsed.ok) return parsed.value;
  throw new IncrError("corrupt", `${options.path} ${parsed.problem}`, {
    hint: wayBack(options),
    data: { path: options.path, ...parsed.position },
  });
}

type Examined<T> = { ok: true; value: T } | { ok: false; problem: string; position: Record<string, unknown> };

function examine<T>(options: DocumentOptions<T>, bytes: Uint8Array): Examined<T> {
  if (bytes.length === 0) return { ok: false, problem: "is empty (0 bytes)", position: {} };
  const json = parseJson(bytes);
  if (!json.ok) {
    const { line, column } = json;
    return {
      ok: false,
      problem: `is not JSON: ${json.problem} at line ${line}, column ${column}`,
      position: { line, column },
    };
  }
  if (options.newestVersion !== undefined) {
    const version = versionOf(json.value);
    if (version === undefined) return misshapen({ path: "version", message: "is not a version number" });
    if (version > options.newestVersion) throw newer(options.path, version, options.newestVersion);
  }
  const accepted = options.accept(json.value);
  return accepted.ok ? accepted : misshapen(accepted.issue);
}

function misshapen(issue: SchemaIssue): Examined<never> {
  const where = issue.path === "" ? "" : ` at ${issue.path}`;
  return { ok: false, problem: `has the wrong shape${where}: ${issue.message}`, position: { json_path: issue.path } };
}

function versionOf(raw: unknown): number | undefined {
  const version: unknown = typeof raw === "object" && raw !== null && "version" in raw ? raw.version : undefined;
  if (version === undefined || version === null) return 1;
  if (typeof version === "number") return Number.isInteger(version) && version > 0 ? version : undefined;
  const [, first] = typeof version === "string" ? (/^(\d+)(?:\.\d+)*$/.exec(version) ?? []) : [];
  return first === undefined ? undefined : Number(first);
}

function newer(path: string, version: number, known: number): IncrError {
  return new IncrError(
    "newer_state",
    `${path} was written by a newer version of incr (format ${version}, this one knows ${known})`,
    {
      hint: UPDATE_HINT,
      data: { path, version, known },
    },
  );
}

/** The hint of a corrupt document: the copy that is still good, if there is one. */
function wayBack<T>(options: DocumentOptions<T>): string {
  const backup = backupPath(options.path);
  if (options.backup === true && isGood(options, backup)) {
    const saved = statSync(backup).mtime.toISOString();
    const way = options.repair ?? `cp ${quote(backup)} ${quote(options.path)}`;
    return `the last good copy is of ${saved} (${backup}); to go back to it: ${way}`;
  }
  if (options.repair !== undefined) return options.repair;
  return `repair it, or move it away to begin anew: mv ${quote(options.path)} ${quote(`${options.path}.broken`)}`;
}

/** A path as a word of the shell. */
function quote(path: string): string {
  return /^[\w/.:@%+=,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`;
}

function isGood<T>(options: DocumentOptions<T>, path: string): boolean {
  try {
    const bytes = readBytes(path);
    return bytes !== undefined && examine(options, bytes).ok;
  } catch {
    return false;
  }
}
