/** Names of the branches that a workstream has: one that gathers its result, and one for each thread. */

/** Gathers the results of the batches; threads start from it. */
export function streamBranch(streamId: string): string {
  return `incr/stream/${refWord(streamId)}/base`;
}

/** The work of one thread. @param threadId `01.02.03` */
export function threadBranch(streamId: string, threadId: string): string {
  return `incr/stream/${refWord(streamId)}/t-${threadId}`;
}

/** Where a conflict between a thread and the stream is resolved. */
export function mergeBranch(streamId: string, threadId: string): string {
  return `incr/stream/${refWord(streamId)}/merge-${threadId}`;
}

/** Streams of other programs may be called anything; names of refs may not. */
function refWord(streamId: string): string {
  return streamId
    .replaceAll(/[^\w.-]+/g, "-")
    .replaceAll(/\.{2,}/g, ".")
    .replaceAll(/^[.-]+|\.lock$|[.-]+$/g, "");
}
