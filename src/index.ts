/** The typed library: everything that another program may use of incr. */
export { IncrError, ERRORS, EXIT_CODES, type ErrorCode, type ErrorKind, type ErrorOptions } from "./domain/error.ts";
