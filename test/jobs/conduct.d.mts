/** What is done at each thing that is asked, as shell code. */
export const TWO_ROUNDS: Record<
  "implement" | "tests-failed" | "feedback" | "review" | "next-round" | "final-review",
  string
>;
/** The test command that such a job needs. */
export const TEST_COMMAND: string;
/** What is asked for last in a conversation, and how many times something was asked in it. */
export function kindOf(text: string): { kind: string; asked: number };
/** The shell code that answers it. */
export function codeFor(text: string): string;
