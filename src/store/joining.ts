/** How others come to want a change while one process makes changes: whoever can bring them says so here. */

let bring: (() => Promise<void>) | undefined;

/** @param wanted starts what is wanted meanwhile, and resolves when that has had the time to ask for its changes */
export function bringWith(wanted: () => Promise<void>): void {
  bring = wanted;
}

/** Gives those who have come meanwhile the time to ask for their changes. */
export async function letOthersJoin(): Promise<void> {
  await bring?.();
}
