/** How the commands on workstreams are told which part is meant. */

export const STREAM = {
  stream: {
    type: "string",
    value: "ID",
    description: "Id, number or name of the workstream; default: the current one",
    complete: "stream",
  },
} as const;

export const THREAD = {
  type: "string",
  value: "ID",
  description: "Id of the thread, such as 1.2.3",
  complete: "thread",
} as const;
