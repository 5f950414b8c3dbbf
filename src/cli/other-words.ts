/** Words that other tools have for what is here, and that nobody comes to by a slip of the fingers. */

const NOUNS: Readonly<Record<string, readonly string[]>> = {
  todo: ["issue", "issues", "ticket", "tickets"],
  workspace: ["worktree", "worktrees"],
  work: [
    "plan",
    "plans",
    "stream",
    "streams",
    "workstream",
    "workstreams",
    "thread",
    "threads",
    "batch",
    "task",
    "tasks",
  ],
  log: ["note"],
};

const VERBS: Readonly<Record<string, readonly string[]>> = {
  add: ["create"],
  new: ["create"],
  make: ["create"],
  ls: ["list"],
  rm: ["delete", "drop", "destroy", "remove"],
  remove: ["delete", "drop", "destroy"],
  view: ["show", "read"],
  get: ["show", "read"],
  show: ["read"],
  finish: ["done"],
  complete: ["done"],
  stop: ["kill", "abandon"],
  cancel: ["kill", "abandon", "close"],
  continue: ["resume"],
  start: ["do", "run", "multi"],
  run: ["do", "multi"],
};

/** The noun here that `word` stands for elsewhere. */
export function findNoun(word: string, nouns: readonly string[]): string | undefined {
  return nouns.find((noun) => NOUNS[noun]?.includes(word) === true);
}

/** The verb here that `word` stands for elsewhere; of several the first. */
export function findVerb(word: string, verbs: ReadonlySet<string>): string | undefined {
  return Object.hasOwn(VERBS, word) ? VERBS[word]?.find((verb) => verbs.has(verb)) : undefined;
}
