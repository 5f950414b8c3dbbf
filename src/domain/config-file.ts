/** What a configuration file may say. Its keys are written with dashes (`on-create`), as in the documentation. */
import * as v from "valibot";
import { parseDuration } from "./duration.ts";

export const HARNESSES = ["opencode", "claude", "codex"] as const;
export type Harness = (typeof HARNESSES)[number];

/** Timers of the platform hold 2³¹ − 1 milliseconds, which is a little more. */
export const LONGEST_LIMIT_MS = 24 * 86_400_000;

const text = (example: string) => {
  const message = `must be text such as "${example}"`;
  return v.pipe(
    v.string(message),
    v.check((value) => value.trim() !== "", message),
  );
};
const list = <S extends v.GenericSchema>(item: S, example: string) =>
  v.array(item, `must be a list such as ["${example}"]`);
const commands = (example: string) => list(text(example), example);
const limit = (example: string) => {
  const message = `must be a length of time such as "90s", "20m" or "${example}", up to 24d`;
  return v.pipe(v.string(message), v.check(isLimit, message));
};
const age = (example: string) => {
  const message = `must be a length of time such as "12h" or "${example}"`;
  return v.pipe(
    v.string(message),
    v.check((value) => (parseDuration(value) ?? 0) > 0, message),
  );
};
const count = (message: string) =>
  v.pipe(
    v.number(message),
    v.check((value) => Number.isSafeInteger(value) && value >= 1, message),
  );
const harness = v.picklist(HARNESSES, `must be one of ${HARNESSES.map((name) => `"${name}"`).join(", ")}`);

/** Each key of each table, with the type of its value in the file; none is required. */
const TABLES = {
  workspace: v.partial(
    v.object({
      base: v.pipe(
        text("main"),
        v.check((rev) => !rev.startsWith("-"), 'must be a branch, tag or commit such as "main"'),
      ),
      "on-create": commands("npm ci"),
      "on-acquire": commands("npm ci"),
      copy: list(
        v.pipe(
          text(".env"),
          v.check(isInside, 'must name files inside the repository, such as ".env" or "config/local.json"'),
        ),
        ".env",
      ),
      "clean-ignored": v.boolean("must be true or false"),
    }),
  ),
  agent: v.partial(
    v.object({ harness, "time-limit": limit("1h"), "silence-limit": limit("1h"), "keep-logs": age("30d") }),
  ),
  job: v.partial(
    v.object({
      "test-commands": commands("npm test"),
      harness,
      "implementation-model": text("provider/model"),
      "code-review-model": text("provider/model"),
      "project-review-model": text("provider/model"),
      "max-rounds": count("must be a whole number from 1, such as 20"),
      "time-limit": limit("4h"),
      "max-cost-usd": v.pipe(
        v.number("must be a number of dollars such as 2.5"),
        v.check((value) => Number.isFinite(value) && value > 0, "must be more than 0, such as 2.5"),
      ),
    }),
  ),
  stream: v.partial(v.object({ "max-parallel": count("must be a whole number from 1, such as 4") })),
};

type TableName = keyof typeof TABLES;
const configFileSchema = v.partial(v.object(TABLES));
/** What one file says, checked, without what is not known. Flags of a command can be given in the same shape. */
export type ConfigValues = v.InferOutput<typeof configFileSchema>;

/** A key of a file that means nothing. */
export interface UnknownKey {
  /** `["workspace", "on-crate"]` */
  path: string[];
  /** What was probably meant, as one would write it: `on-create`, or `workspace.base`. */
  near: string | undefined;
}

export interface ConfigIssue {
  path: string[];
  /** `must be true or false` */
  message: string;
}

/** The nearest candidate to a misspelt word, if one is near enough. */
export type Closest = (word: string, candidates: Iterable<string>) => string | undefined;

/** Checks what a file says (a parsed TOML document). Unknown keys do no harm; if there are issues, the values must not be used. */
export function readConfigValues(
  raw: Record<string, unknown>,
  closest: Closest,
): { values: ConfigValues; unknown: UnknownKey[]; issues: ConfigIssue[] } {
  const values: Record<string, unknown> = {};
  const unknown: UnknownKey[] = [];
  const issues: ConfigIssue[] = [];
  for (const [name, value] of Object.entries(raw)) {
    if (!isTableName(name)) {
      unknown.push({ path: [name], near: nearKey(name, closest) });
    } else if (!isTable(value)) {
      issues.push({ path: [name], message: `must be a table: write [${name}] on a line of its own` });
    } else {
      const result = v.safeParse(TABLES[name], value);
      if (result.success) values[name] = result.output;
      else issues.push(...result.issues.map((issue) => ({ path: [name, ...keysOf(issue)], message: issue.message })));
      for (const key of Object.keys(value)) {
        if (!Object.hasOwn(TABLES[name].entries, key))
          unknown.push({ path: [name, key], near: nearKey(key, closest, name) });
      }
    }
  }
  return { values, unknown, issues };
}

function isLimit(value: string): boolean {
  const duration = parseDuration(value);
  return duration !== undefined && duration > 0 && duration <= LONGEST_LIMIT_MS;
}

/** A relative path that does not climb. Where links lead is checked when it is copied. */
function isInside(path: string): boolean {
  const parts = path.split("/");
  return (
    !path.startsWith("/") &&
    !path.includes("\0") &&
    !parts.includes("..") &&
    parts.some((part) => part !== "" && part !== ".")
  );
}

function isTableName(name: string): name is TableName {
  return Object.hasOwn(TABLES, name);
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The key that was meant: a near one of the same table, else a known one that stands in the wrong place, else a near table. */
function nearKey(word: string, closest: Closest, table?: TableName): string | undefined {
  const plain = word
    .replaceAll(/([a-z])([A-Z])/g, "$1-$2")
    .replaceAll("_", "-")
    .toLowerCase();
  const own = table === undefined ? undefined : closest(plain, Object.keys(TABLES[table].entries));
  if (own !== undefined) return own;
  const elsewhere = Object.entries(TABLES).find(([, { entries }]) => Object.hasOwn(entries, plain));
  if (elsewhere !== undefined) return `${elsewhere[0]}.${plain}`;
  return table === undefined ? closest(plain, Object.keys(TABLES)) : undefined;
}

function keysOf(issue: v.BaseIssue<unknown>): string[] {
  return (issue.path ?? []).flatMap(({ key }) => (typeof key === "string" ? [key] : []));
}
