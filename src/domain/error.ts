/**
 * The one error model of incr. Whatever goes wrong because of a request, the state or the outside world is an
 * `IncrError` with a stable code; any other exception is a bug of ours (exit 70).
 */

/** Exit code of each kind of failure, as documented in the command line reference. */
export const EXIT_CODES = {
  /** The request breaks a rule. */
  refused: 1,
  /** The command line, or a value in it, is malformed. */
  usage: 2,
  not_found: 3,
  /** Somebody else holds it now: a session, a job, a lease; or the caller's token is stale. */
  held: 4,
  /** Going on could lose work. */
  unsafe: 5,
  /** The state was written by a newer version. */
  newer_state: 6,
  /** A bug of ours. */
  bug: 70,
  /** A lock was not freed within the timeout. */
  busy: 75,
  paused: 76,
} as const;

export type ErrorKind = keyof typeof EXIT_CODES;

export interface ErrorOptions {
  /** The next command to type, or the next thing to do; one line. */
  hint?: string;
  /** Plain JSON facts for `--json`: ids, paths, candidates. */
  data?: Record<string, unknown>;
  cause?: unknown;
}

/** A failure that the user can understand and act on: one line, and a hint. */
export class IncrError extends Error {
  override readonly name = "IncrError";
  readonly kind: ErrorKind;
  /** Stable, snake_case; listed in `docs/reference/errors.md`. */
  readonly code: ErrorCode;
  readonly hint: string | undefined;
  readonly data: Record<string, unknown>;

  constructor(code: ErrorCode, message: string, options: ErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.kind = ERRORS[code].kind;
    this.hint = options.hint;
    this.data = options.data ?? {};
  }

  get exitCode(): number {
    return EXIT_CODES[this.kind];
  }
}

interface ErrorDefinition {
  kind: ErrorKind;
  /** What it means, for the reference. */
  summary: string;
}

function define<const T extends Record<string, ErrorDefinition>>(errors: T): T {
  return errors;
}

/** Every error code there is. The reference page and its test are made from this table. */
export const ERRORS = define({
  usage: { kind: "usage", summary: "The command line is malformed: unknown flag, extra word, missing value." },
  invalid_input: { kind: "usage", summary: "A value is not acceptable: wrong shape, range or characters." },
  needs_answer: { kind: "usage", summary: "The command would have asked, and there is no terminal to ask on." },
  cancelled: { kind: "refused", summary: "A question was not answered; nothing was changed." },
  not_a_repository: { kind: "refused", summary: "The command needs a git repository and there is none here." },
  unborn_head: { kind: "refused", summary: "The repository has no commit yet and the request needs one." },
  not_found: { kind: "not_found", summary: "No record has that id, name or prefix." },
  ambiguous: { kind: "usage", summary: "A prefix matches more than one record; the candidates are listed." },
  rule: { kind: "refused", summary: "The request breaks a rule of the domain, for example a forbidden status change." },
  cycle: { kind: "refused", summary: "The dependency would close a cycle." },
  held: { kind: "held", summary: "Another session, job or person holds it now." },
  stale_token: { kind: "held", summary: "The caller's lease is not the current one any more." },
  conflict: { kind: "held", summary: "Somebody else changed it since it was read." },
  unsafe: { kind: "unsafe", summary: "Going on could lose work, so nothing was changed." },
  corrupt: { kind: "refused", summary: "A file of ours cannot be read; it was left as it is." },
  newer_state: { kind: "newer_state", summary: "A file was written by a newer version of incr." },
  busy: { kind: "busy", summary: "A lock was not freed within the timeout." },
  io: { kind: "refused", summary: "The system refused to read or write: full disk, permissions, a missing folder." },
  git: { kind: "refused", summary: "git refused; its own words are in the message." },
  command_failed: { kind: "refused", summary: "A configured command (a workspace hook, an editor) failed." },
  untrusted: { kind: "refused", summary: "A configuration file that runs commands was not approved." },
  config: { kind: "usage", summary: "A configuration file has an error." },
});

export type ErrorCode = keyof typeof ERRORS;
