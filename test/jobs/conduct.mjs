/**
 * How an agent behaves that does a job well in the end: what it leaves fails the tests once, and is sent back by the reviewer once. What it does follows from what it is told and
 * from the files it finds, so that it does the same when it is asked again.
 */
/** What stands in each prompt and in no other. */
const KINDS = {
  implement: "You work on this todo of the repository",
  "next-round": "The change is accepted and committed.",
  "tests-failed": "since a test command failed",
  feedback: "was reviewed, and the reviewer wants",
  "commit-message": "no commit message for them that can be used",
  "go-on": "You were interrupted before you were done",
  review: "You review a change of this repository",
  "review-again": "Your review was not accepted as an answer",
  "final-review": "You review everything that somebody else did",
};

/** What is done at each of them, as shell code. */
export const TWO_ROUNDS = {
  implement: `printf 'draft\\n' > work.txt; printf 'Add the work\\n' > .incr-commit-message`,
  "tests-failed": `printf 'tested\\n' > work.txt; printf 'Add the work, tested\\n' > .incr-commit-message`,
  feedback: `printf 'tested\\nreviewed\\n' > work.txt; printf 'Add the work\\n\\nAs the reviewer wants it.\\n' > .incr-commit-message`,
  review: `if grep -q reviewed work.txt; then echo ACCEPT > .incr-review; else printf 'REQUEST_CHANGES\\n\\nwork.txt:1 is not reviewed\\n' > .incr-review; fi`,
  "next-round": "true",
  "final-review": `echo '**Accept**' > .incr-review`,
};

/** The test command that such a job needs. */
export const TEST_COMMAND = "grep -q tested work.txt";

/** What is asked for last in a conversation (to go on is to do what was asked before), and how many times something was asked in it. */
export function kindOf(text) {
  const found = Object.entries(KINDS).map(([kind, words]) => {
    return { kind, at: text.lastIndexOf(words), times: text.split(words).length - 1 };
  });
  const asked = found.reduce((sum, { times }) => sum + times, 0);
  const last = (all) => all.toSorted((a, b) => b.at - a.at).find(({ at }) => at !== -1);
  const { kind = "" } = last(found.filter(({ kind }) => kind !== "go-on")) ?? last(found) ?? {};
  return { kind, asked };
}

/** The shell code that answers it. */
export function codeFor(text) {
  const { kind } = kindOf(text);
  const code = TWO_ROUNDS[kind];
  if (code === undefined) throw new Error(`nobody knows what to do when asked: ${text}`);
  return code;
}
