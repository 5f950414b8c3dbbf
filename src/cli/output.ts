/**
 * The only writer to stdout and stderr. stdout is the answer: text, or one JSON document. stderr is the story: notices, warnings and the error, as lines
 * or, under `--json`, as one JSON object a line with the error last.
 */
import { EXIT_CODES, type ErrorKind, type IncrError } from "../domain/error.ts";
import type { Notice } from "../domain/notice.ts";
import { keepStyles, plainLine, plainText } from "./plain.ts";
import type { Sink } from "./sink.ts";
import type { Style } from "./style.ts";

/** Text for stdout that must arrive byte by byte: a path, a diff, shell code. */
export interface RawText {
  raw: string | Uint8Array;
}

/** Marks an answer that must not be made harmless for terminals. A last newline is not added. */
export function raw(text: string | Uint8Array): RawText {
  return { raw: text };
}

/** How a failure is told under `--json`: the last line of stderr. */
export interface ErrorReport {
  code: string;
  message: string;
  hint: string | null;
  kind: ErrorKind;
  exit_code: number;
  data: Record<string, unknown>;
}

export interface Output {
  /** The answer for people. Our own colours pass; every other control character is made visible. */
  text(answer: string | RawText): void;
  /** The answer as one JSON document. */
  json(answer: unknown): void;
  notice(notice: Notice): void;
  warning(notice: Notice): void;
  /** A failure that the user can act on. */
  error(error: IncrError): void;
  /** Any other exception: a bug of ours, with its stack and where to report it. Returns the exit code. */
  bug(error: unknown): number;
  /** Shows a line at the bottom of a terminal that other lines push down, until it is replaced or, with undefined, taken away. */
  transient(line: string | undefined): void;
  flush(): Promise<void>;
}

export interface OutputOptions {
  stdout: Sink;
  stderr: Sink;
  json: boolean;
  /** Styles for stderr; asked for with the first line, since finding out what stderr is takes time. */
  style(): Style;
}

const REPORT_HINT = "please report it with the output above, and the command that you ran";

/** Composes the two streams. */
export function createOutput({ stdout, stderr, json, style }: OutputOptions): Output {
  let transientLine: string | undefined;

  /** Writes whole lines to stderr, above the transient line if one is shown. */
  const tell = (lines: string) => {
    stderr.write(transientLine === undefined ? `${lines}\n` : `\r\u001B[K${lines}\n${transientLine}`);
  };
  const tellJson = (value: unknown) => tell(JSON.stringify(value));
  const notify = (level: "notice" | "warning", notice: Notice) => {
    if (json) return tellJson({ level, ...notice });
    const message = plainLine(notice.message);
    tell(level === "warning" ? `${style().yellow("warning:")} ${message}` : message);
  };
  const fail = (report: ErrorReport, stack?: string) => {
    if (json) return tellJson({ level: "error", error: report });
    const lines = [`${style().red("error:")} ${plainLine(report.message)}`];
    if (stack !== undefined) lines.push(plainText(stack));
    if (report.hint !== null) lines.push(`${style().cyan("hint:")} ${plainLine(report.hint)}`);
    tell(lines.join("\n"));
  };

  return {
    text(answer) {
      if (typeof answer !== "string") return stdout.write(answer.raw);
      if (answer !== "") stdout.write(keepStyles(answer.endsWith("\n") ? answer : `${answer}\n`));
    },
    json: (answer) => stdout.write(`${JSON.stringify(answer, null, 2)}\n`),
    notice: (notice) => notify("notice", notice),
    warning: (notice) => notify("warning", notice),
    error: (error) =>
      fail({
        code: error.code,
        message: error.message,
        hint: error.hint ?? null,
        kind: error.kind,
        exit_code: error.exitCode,
        data: error.data,
      }),
    bug(thrown) {
      const error = thrown instanceof Error ? thrown : new Error(String(thrown));
      const report: ErrorReport = {
        code: "internal",
        message: `internal error: ${error.message}`,
        hint: REPORT_HINT,
        kind: "bug",
        exit_code: EXIT_CODES.bug,
        data: { stack: stackOf(error) },
      };
      fail(report, stackOf(error));
      return report.exit_code;
    },
    transient(line) {
      if (line === undefined && transientLine === undefined) return;
      transientLine = line;
      stderr.write(`\r\u001B[K${line ?? ""}`);
    },
    async flush() {
      await stdout.flush();
      await stderr.flush();
    },
  };
}

function stackOf(error: Error): string {
  const own = error.stack ?? String(error);
  return error.cause instanceof Error ? `${own}\ncaused by: ${stackOf(error.cause)}` : own;
}
