/** By what the processes of a job are known that are no agents. */

/** Stands in the environment of test commands, as `<name>=<id of the job>`. */
export const JOB_VARIABLE = "INCR_JOB_ID";

/** Marks whatever a test command starts, wherever it goes. */
export function jobMark(id: string): string {
  return `${JOB_VARIABLE}=${id}`;
}
