/** The reference page of the errors. */
import { ERRORS, EXIT_CODES, type ErrorKind } from "../../src/domain/error.ts";
import { table } from "./markdown.ts";

const MEANING: Record<ErrorKind, string> = {
  refused: "The request breaks a rule, or the world does not allow it.",
  usage: "The command line, or a value in it, is malformed.",
  not_found: "There is no such thing.",
  held: "Somebody else holds it now: a session, a job, a lease; or the caller's token is stale.",
  unsafe: "Refused because work could be lost.",
  newer_state: "The state was written by a newer version.",
  bug: "A bug of ours, with a stack trace.",
  busy: "A lock was not freed within the timeout; try again.",
  paused: "A job waits for a usage limit to end.",
};

/** Every exit code of ours with its meaning. */
export function exitCodeTable(): string {
  const exits = Object.entries(EXIT_CODES).toSorted(([, a], [, b]) => a - b);
  return table(
    ["Code", "Kind", "Meaning"],
    [
      ["0", "", "Done."],
      ...exits.map(([kind, code]) => [String(code), `\`${kind}\``, MEANING[kind as ErrorKind]]),
      [
        "other",
        "",
        "`session run` and `agent run` end with their child's own code, 128 + the number of the signal if it was killed. `wait` ends with 7 if one needs attention, and with 124 if the time was over.",
      ],
    ],
  );
}

/** docs/reference/errors.md. */
export function errorsPage(): string {
  return `${[
    "# Errors and exit codes",
    "Made from the table of errors by `npm run docs`.",
    "## Exit codes",
    exitCodeTable(),
    "## Form",
    "An error is one line on stderr and mostly a second one with what to type next:",
    "```\nerror: todo k3j2h1g4 is held by session ab12cd34\nhint: incr session show ab12cd34\n```",
    "With `--json` it is the last line of stderr, one object:",
    '```json\n{"level":"error","error":{"code":"held","message":"…","hint":"…","kind":"held","exit_code":4,"data":{}}}\n```',
    "`code` is stable; `data` holds ids, paths and candidates; `hint` is null if there is none.",
    "## Codes",
    table(
      ["Code", "Exit", "Meaning"],
      Object.entries(ERRORS).map(([code, { kind, summary }]) => [`\`${code}\``, String(EXIT_CODES[kind]), summary]),
    ),
  ].join("\n\n")}\n`;
}
