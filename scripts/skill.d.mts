/** The files of the session skill as they are installed, sorted by path; with fault points for the tests, or without. */
export function skillFiles(options: {
  faults: boolean;
  version: string;
}): Promise<{ path: string; content: Uint8Array }[]>;
