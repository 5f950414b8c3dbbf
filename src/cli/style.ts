/** The few styles there are. Meaning is never in the colour alone. */

export interface Style {
  bold(text: string): string;
  dim(text: string): string;
  /** Good ends: done, completed. */
  green(text: string): string;
  /** Failures, errors. */
  red(text: string): string;
  /** What wants attention: in progress, warnings. */
  yellow(text: string): string;
  /** Ids and names that can be typed. */
  cyan(text: string): string;
}

const identity = (text: string) => text;

export const PLAIN: Style = {
  bold: identity,
  dim: identity,
  green: identity,
  red: identity,
  yellow: identity,
  cyan: identity,
};

export const COLOURED: Style = {
  bold: sgr(1, 22),
  dim: sgr(2, 22),
  green: sgr(32, 39),
  red: sgr(31, 39),
  yellow: sgr(33, 39),
  cyan: sgr(36, 39),
};

function sgr(on: number, off: number): (text: string) => string {
  return (text) => (text === "" ? "" : `\u001B[${on}m${text}\u001B[${off}m`);
}
