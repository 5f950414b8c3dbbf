/** What is wrong with a plan or a list of tasks, where, and what to write instead. */

export interface Diagnostic {
  severity: "error" | "warning";
  /** Stable, snake_case. */
  code: string;
  /** From 1; columns count characters as JavaScript does (UTF-16). */
  line: number;
  column: number;
  /** One line without a full stop. */
  message: string;
  /** What to write, in the imperative. */
  fix: string;
}

/** In the order of the text. */
export function sortDiagnostics(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  return diagnostics.toSorted((a, b) => a.line - b.line || a.column - b.column);
}

/** `PLAN.md:12:1: error: …; …`, as compilers say it. */
export function formatDiagnostic(file: string, { severity, line, column, message, fix }: Diagnostic): string {
  return `${file}:${line}:${column}: ${severity}: ${message}; ${fix}`;
}
