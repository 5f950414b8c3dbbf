/** What a use-case tells the user on the way; the command line prints it on stderr. */
export interface Notice {
  /** Stable, snake_case: `settled`, `waiting_for_lock`, `branch_kept`, … */
  code: string;
  /** One line, a whole sentence without a full stop. */
  message: string;
  data?: Record<string, unknown>;
}
export type Notify = (notice: Notice) => void;
